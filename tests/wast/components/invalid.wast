;; Components that read as such and are not valid.

;; ---- What is not there ----

(assert_invalid (component (core instance (instantiate 0))) "unknown module")
(assert_invalid (component (instance (instantiate 0))) "unknown component")
(assert_invalid (component (export "x" (func 0))) "unknown function")
(assert_invalid (component (type (list 5))) "unknown type")
(assert_invalid (component (import "x" (func (type 0)))) "unknown type")
(assert_invalid (component (alias export 0 "x" (func))) "unknown instance")
(assert_invalid (component (core func (canon lower (func 0)))) "unknown function")
(assert_invalid (component (core module $m) (core instance $i (instantiate $m)) (alias core export $i "x" (core func)))
  "has no export named")
(assert_invalid (component (import "i" (instance $i)) (alias export $i "x" (func))) "has no export named")

;; ---- Instances get what they import ----

(assert_invalid (component (core module $m (import "a" "b" (func))) (core instance (instantiate $m)))
  "missing module instantiation argument")
(assert_invalid
  (component
    (core module $a (func (export "b") (param i32)))
    (core instance $a (instantiate $a))
    (core module $m (import "a" "b" (func)))
    (core instance (instantiate $m (with "a" (instance $a)))))
  "type mismatch")
(assert_invalid (component (component $c (import "x" (func))) (instance (instantiate $c))) "missing import named")
(assert_invalid
  (component
    (import "f" (func $f (param "a" u8)))
    (component $c (import "f" (func (param "a" s8))))
    (instance (instantiate $c (with "f" (func $f)))))
  "type mismatch")
(assert_invalid
  (component
    (component $c (import "r" (type (sub resource))))
    (type $t (record (field "a" u8)))
    (instance (instantiate $c (with "r" (type $t)))))
  "expected resource")

;; ---- Names ----

(assert_invalid (component (import "a" (func)) (import "a" (func))) "conflicts with previous name")
(assert_invalid (component (import "a" (func $f)) (export "x" (func $f)) (export "X" (func $f))) "conflicts")
(assert_invalid (component (import "not_kebab" (func))) "not in kebab case")
(assert_invalid (component (import "" (func))) "not a valid")
(assert_invalid (component (import "a:b/c@1.x" (func))) "not a valid")
(assert_invalid (component (type (record (field "a" u8) (field "a" u8)))) "conflicts with previous field")
(assert_invalid (component (type (variant (case "a") (case "A")))) "conflicts with previous case")
(assert_invalid (component (type (func (param "a" u8) (param "a" u8)))) "conflicts with previous parameter")
(assert_invalid (component (import "[method]r.f" (func))) "should have at least one argument")
(assert_invalid
  (component (import "r" (type $r (sub resource))) (import "[method]r.f" (func (param "self" (own $r)))))
  "first argument")
(assert_invalid
  (component (import "r" (type $r (sub resource))) (import "[constructor]r" (func (result u8))))
  "should return")

;; ---- Types ----

(assert_invalid (component (type (flags))) "flags must have at least one entry")
(assert_invalid (component (type (enum))) "at least one")
(assert_invalid (component (type (variant))) "at least one")
(assert_invalid (component (type (record))) "at least one")
(assert_invalid (component (type (tuple))) "at least one")
(assert_invalid
  (component (type (flags "a1" "a2" "a3" "a4" "a5" "a6" "a7" "a8" "a9" "a10" "a11" "a12" "a13" "a14" "a15" "a16" "a17"
    "a18" "a19" "a20" "a21" "a22" "a23" "a24" "a25" "a26" "a27" "a28" "a29" "a30" "a31" "a32" "a33")))
  "cannot have more than 32 flags")
(assert_invalid (component (type $t (func)) (type (list $t))) "not a defined type")
(assert_invalid (component (type $r u8) (type (own $r))) "not a resource type")
(assert_invalid
  (component (import "r" (type $r (sub resource))) (type (func (result (borrow $r)))))
  "contains a `borrow`")
(assert_invalid (component (type (resource (rep i64)))) "resources can only be represented by `i32`")
(assert_invalid (component (type (component (type (resource (rep i32)))))) "resources can only be defined")
(assert_invalid (component (type $t (record (field "a" u8))) (import "f" (func (param "x" $t)))) "not valid to be used")

;; ---- Lifting and lowering ----

(assert_invalid
  (component
    (core module $m (func (export "f") (result i64)))
    (core instance $i (instantiate $m))
    (func (canon lift (core func $i "f"))))
  "lowered result types")
(assert_invalid
  (component
    (core module $m (func (export "f") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (param "x" string) (canon lift (core func $i "f"))))
  "canonical option `memory` is required")
(assert_invalid
  (component
    (core module $m (memory (export "m") 1) (func (export "f") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (param "x" string) (canon lift (core func $i "f") (memory (core memory $i "m")))))
  "canonical option `realloc` is required")
(assert_invalid
  (component
    (core module $m (memory (export "m") 1) (func (export "r") (param i32) (result i32) unreachable)
      (func (export "f") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (param "x" string)
      (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r")))))
  "incorrect signature")
(assert_invalid
  (component
    (core module $m (memory (export "m") 1) (func (export "p") (result i32) unreachable)
      (func (export "f")))
    (core instance $i (instantiate $m))
    (func (canon lift (core func $i "f") (post-return (core func $i "p")))))
  "incorrect signature")
(assert_invalid
  (component
    (import "f" (func $f (param "x" string)))
    (core func (canon lower (func $f))))
  "canonical option `memory` is required")
(assert_invalid
  (component
    (import "r" (type $r (sub resource)))
    (core func (canon resource.new $r)))
  "not a local resource")
(assert_invalid
  (component
    (core module $m (func (export "d") (param i64)))
    (core instance $i (instantiate $m))
    (type (resource (rep i32) (dtor (core func $i "d")))))
  "wrong signature for a destructor")

;; ---- Core modules in them ----

(assert_invalid (component (core module (func (result i32)))) "type mismatch")
(assert_invalid (component (component (core module (func (i32.add))))) "type mismatch")

;; ---- Bytes that end too soon, or go on ----

(assert_malformed (component binary "\00asm" "\0d\00\01\00" "\07\02\01") "unexpected end")
(assert_malformed (component binary "\00asm" "\0d\00\01\00" "\07\03\01\7f\00") "section size mismatch")
(assert_malformed (component binary "\00asm" "\0d\00\01\00" "\63\00") "malformed section id")
(assert_malformed (component binary "\00asm" "\0d\00\01\00" "\07\02\01\10") "invalid leading byte")
(assert_malformed (component binary "\00asm" "\0e\00\01\00") "unsupported version")
