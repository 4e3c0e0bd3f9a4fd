;; Modules that what is put into them for the limits must not make valid, and what they may not make the host hold.

;; ---- References to functions that are declared nowhere but by what is added ----

(assert_invalid (module (func $f (drop (ref.func $f)))) "undeclared function reference")
(assert_invalid (module (start $f) (func $f (drop (ref.func $f)))) "undeclared function reference")
(assert_invalid (module (func $f) (func $g (drop (ref.func $f))) (start $f)) "undeclared function reference")
(module (start $f) (elem declare func $f) (func $f (drop (ref.func $f))))
(module (export "f" (func $f)) (start $f) (func $f (drop (ref.func $f))))

;; ---- Objects that are made before any code runs ----

(assert_invalid
  (module (type $a (array (mut i64))) (global (ref $a) (array.new_default $a (i32.const 100000000))))
  "objects of the garbage collection proposal")
(assert_invalid
  (module (type $a (array (mut i8))) (table 1 (ref null $a))
    (elem (i32.const 0) (ref null $a) (item (array.new_default $a (i32.const 300000000)))))
  "objects of the garbage collection proposal")
(assert_invalid
  (module (type $a (array (mut i8))) (table 2 (ref $a) (array.new_default $a (i32.const 300000000))))
  "objects of the garbage collection proposal")
(assert_invalid
  (module (type $s (struct)) (global (ref $s) (struct.new $s)))
  "objects of the garbage collection proposal")

;; ---- Exceptions that are kept ----

(assert_invalid (module (global (mut exnref) (ref.null exn))) "holds exceptions")
(assert_invalid (module (table 100000 exnref)) "holds exceptions")
(assert_invalid (module (tag (param exnref))) "holds exceptions")
(assert_invalid (module (import "given" "global" (global exnref))) "holds exceptions")
(assert_invalid
  (module (tag (param
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64)))
  "exceptions of too many values")

;; As compilers use them.
(module
  (tag $e (param i32))
  (func $throw (param i32) (throw $e (local.get 0)))
  (func (export "caught") (param i32) (result i32)
    (block $h (result i32) (try_table (catch $e $h) (call $throw (local.get 0))) (i32.const 0)))
  (func $cleanup (param i32) (local $kept exnref)
    (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw (local.get 0))) (return))
    (local.set $kept)
    (throw_ref (local.get $kept)))
  (func (export "rethrown") (param i32) (result i32)
    (block $h (result i32) (try_table (catch $e $h) (call $cleanup (local.get 0))) (i32.const 0))))
(assert_return (invoke "caught" (i32.const 7)) (i32.const 7))
(assert_return (invoke "rethrown" (i32.const 8)) (i32.const 8))
