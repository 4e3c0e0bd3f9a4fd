//! What the tests begin with, and the fuzz targets.

/// Modules with odd combinations of sections and instructions.
pub(crate) const MODULES: &[&str] = &[
  "(module)",
  "(module (func))",
  r#"(module (func (export "f") (loop)))"#,
  "(module (memory 1))",
  r#"(module (memory (export "m") 1 2) (memory 1) (memory 3 4)
    (func (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 4)) (drop (i32.load 2 (i32.const 0)))
      (loop (i32.store 1 (i32.const 0) (i32.const 1)))))"#,
  "(module (memory i64 1) (func (loop (drop (i64.load offset=0x100000000 (i64.const 0))))))",
  r#"(module (import "a" "m" (memory 1)) (func (loop (drop (i32.load (i32.const 0))))))"#,
  r#"(module (import "a" "m" (memory 1)) (import "a" "n" (memory 1)) (memory 2) (func (loop)))"#,
  r#"(module (import "a" "f" (func $f (param i32))) (func (call $f (i32.const 1))) (export "f" (func 0)))"#,
  "(module (func $f (result i32) (return_call $f)))",
  "(module (func $f (param i64) (result i64) (loop $l (result i64) (br_if $l (i64.eqz (local.get 0)))
    (return_call $f (i64.const 1)))))",
  r#"(module (tag $e (param i32)) (func $t (throw $e (i32.const 1)))
    (func (export "f") (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $t) (loop $l (br $l))) (i32.const 0))))"#,
  r#"(module (tag $e) (memory 1) (global (mut i32) (i32.const 0)) (func (block $h (result exnref)
    (try_table (catch_all_ref $h) (throw $e)) unreachable) throw_ref))"#,
  "(module (tag) (func try loop end catch 0 catch_all call 0 end))",
  "(module (func try try call 0 delegate 0 catch_all end))",
  r#"(module (rec (type $a (sub (struct (field (mut i32))))) (type $b (sub $a (struct (field (mut i32)) (field f64)))))
    (type $v (array (mut i8)))
    (func (param (ref null $a)) (result i32) (loop (result i32)
      (block $o (result (ref $b)) (br_on_cast $o (ref null $a) (ref $b) (local.get 0)) (return (i32.const 0)))
      (struct.get $b 0)))
    (func (drop (array.new_default $v (i32.const 3)))))"#,
  "(module (type $f (func (param i32) (result i32))) (func $g (type $f) local.get 0) (elem declare func $g)
    (func (result i32) (call_ref $f (i32.const 1) (ref.func $g))))",
  r#"(module (memory 1) (func (result v128) (loop (result v128)
    (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 1 2) (v128.load (i32.const 0))))))"#,
  "(module (func (param i32) (result i32) (block (block (block (loop (br_table 0 1 2 3 (local.get 0)))))) i32.const 3))",
  "(module (func (block (loop (if (i32.const 1) (then (loop (block (loop)))) (else (loop)))) (block)) nop))",
  r#"(module (memory 1) (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 0) (loop))
    (data "passive") (data (i32.const 4) "active"))"#,
  r#"(module (table 3 funcref) (func $a) (func (table.init 0 0 (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop 0)
    (loop (call_indirect (i32.const 0)))) (elem func $a) (elem (i32.const 1) func $a $a))"#,
  "(module (func $s (loop)) (start $s))",
  r#"(module (import "a" "s" (func $s)) (start $s))"#,
  r#"(module (func $s (export "x")) (start $s) (memory 1) (data "x") (func (data.drop 0)))"#,
  r#"(module (@custom "a" (before first) "1") (@custom "b" (after type) "2") (@custom "c" (after func) "3")
    (@custom "d" (before global) "4") (@custom "e" (before export) "5") (@custom "f" (before code) "6")
    (@custom "g" (after code) "7") (@custom "h" (after last) "8")
    (func (loop)) (global (mut i64) (i64.const 7)))"#,
  r#"(module (@custom "only" "1"))"#,
  r#"(module (@custom "first" (before first) "1") (global (mut f32) (f32.const 1)))"#,
  r#"(module (global (mut i32) (i32.const 0)) (global (mut externref) (ref.null extern)) (global i32 (i32.const 0)))"#,
  r#"(module (import "a" "g" (global (mut i64))) (global (mut v128) (v128.const i64x2 0 0)))"#,
  r#"(module (type $f (func)) (table 1 (ref null $f)) (table i64 2 5 externref) (table 3 (ref func) (ref.func 0))
    (func) (func (table.set 1 (i64.const 0) (ref.null extern))))"#,
  r#"(module (memory 1 2 shared) (func (param i32) (result i32) (loop (result i32)
    (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const -1)))) (func (atomic.fence)))"#,
  "(module (func (result i32) unreachable (loop (result i32) unreachable) return (call 0)))",
  "(module (func (param i32) (result i32 i32) (loop (param) (result i32 i32) (i32.const 1) (i32.const 2))))",
  "(module (func (result i32) (i32.const 1) (loop (param i32) (result i32))))",
  r#"(module (global $g i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))) (table 10 funcref)
    (elem (i32.add (global.get $g) (i32.const 1)) funcref (ref.null func)) (func (loop)))"#,
  "(module (memory 1 (pagesize 1)) (func (loop (drop (memory.grow (i32.const 1))))))",
  "(module (func (local i32 i64 f32 f64 v128 funcref externref) (loop (local.set 0 (i32.const 1)))))",
  r#"(module (type $ft (func)) (type $ct (cont $ft)) (tag $t) (func $w (suspend $t)) (elem declare func $w)
    (func (block $h (result (ref $ct)) (resume $ct (on $t $h) (cont.new $ct (ref.func $w))) (return)) drop))"#,
  r#"(module (type $f (func (param i32 i64) (result i32))) (import "a" "g" (global (mut i32))) (table 2 funcref)
    (func $g (type $f) (local f32 i64) (local.set 3 (local.get 1)) (global.set 1 (global.get 0)) (loop $l
      (br_if $l (call $g (i32.const 1) (local.get 3)))
      (br_if $l (call_indirect (type $f) (i32.const 1) (local.get 1) (i32.const 0))))
      (return_call_indirect (type $f) (local.get 0) (local.get 3) (call $g (i32.const 2) (local.get 1))))
    (global (mut i32) (i32.const 0)) (export "g" (global 1)))"#,
  "(module (func $a (i64.add128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)) drop drop (loop)))",
  "(module (start $f) (elem declare func $f) (func $f (drop (ref.func $f)) (block (br_if 0 (i32.const 1)) call $f)))",
  r#"(module (import "a" "f" (func $i)) (memory 1) (table 9 funcref) (elem $e func $i) (data $d "x")
    (func (call $i) (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))
      (table.fill 0 (i32.const 0) (ref.null func) (i32.const 3)) (table.copy (i32.const 0) (i32.const 1) (i32.const 2))
      (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)) (drop (table.grow (ref.func $i) (i32.const 1)))
      (call_indirect (i32.const 0)) (drop (memory.grow (i32.const 1)))))"#,
  r#"(module (type $a (array (mut i64))) (type $s (struct (field i32))) (tag $e (param exnref i64))
    (global (ref $a) (array.new_default $a (i32.const 3))) (global (mut exnref) (ref.null exn))
    (table 2 (ref null $s) (struct.new_default $s)) (elem (ref null $a) (item (array.new_fixed $a 1 (i64.const 1))))
    (func (param (ref $a)) (array.fill $a (local.get 0) (i32.const 0) (i64.const 1) (i32.const 2))
      (array.copy $a $a (local.get 0) (i32.const 0) (local.get 0) (i32.const 1) (i32.const 1))))"#,
];
