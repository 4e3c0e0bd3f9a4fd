//! Components of two components, one of which calls the other: strings pass from the encoding of one to that of the
//! other, and so do resources.

const ENCODINGS: &[(&str, &str)] = &[("utf8", "utf8"), ("utf16", "utf16"), ("latin1", "latin1+utf16")];

/// A component for each two encodings, with its name.
pub(super) fn all() -> impl Iterator<Item = (String, Vec<u8>)> {
  ENCODINGS.iter().flat_map(|(caller, of_caller)| {
    ENCODINGS.iter().map(move |(callee, of_callee)| {
      let text = component(of_caller, of_callee);
      (format!("linked_{caller}_{callee}"), wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}")))
    })
  })
}

const MEMORY: &str = r#"(memory (export "memory") 1)
      (global $next (mut i32) (i32.const 4096))
      (func (export "realloc") (param $old i32) (param $from i32) (param $align i32) (param $size i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $at) (local.get $size)))
        (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
          (then (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))))
        (memory.copy (local.get $at) (local.get $old)
          (select (local.get $from) (local.get $size) (i32.lt_u (local.get $from) (local.get $size))))
        (local.get $at))"#;

fn component(caller: &str, callee: &str) -> String {
  format!(
    r#"(component
  (component $callee
    (core module $m
      {MEMORY}
      (global $dropped (mut i32) (i32.const 0))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16))
      (func (export "look") (param i32) (result i32) (local.get 0))
      (func (export "destroy") (param i32) (global.set $dropped (local.get 0)))
      (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $i (instantiate $m))
    (type $r' (resource (rep i32) (dtor (core func $i "destroy"))))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r'))
    (func (export "echo") (param "x" string) (result string)
      (canon lift (core func $i "echo") string-encoding={callee} (memory (core memory $i "memory"))
        (realloc (core func $i "realloc"))))
    (func (export "look") (param "x" (borrow $r)) (result u32) (canon lift (core func $i "look")))
    (func (export "dropped") (result u32) (canon lift (core func $i "dropped")))
    (func (export "make") (param "x" u32) (result (own $r)) (canon lift (core func $new))))
  (component $caller
    (import "callee" (instance $callee
      (export "r" (type $r (sub resource)))
      (export "echo" (func (param "x" string) (result string)))
      (export "look" (func (param "x" (borrow $r)) (result u32)))
      (export "dropped" (func (result u32)))
      (export "make" (func (param "x" u32) (result (own $r))))))
    (core module $memory {MEMORY})
    (core instance $memory (instantiate $memory))
    (core func $echo (canon lower (func $callee "echo") string-encoding={caller} (memory (core memory $memory "memory"))
      (realloc (core func $memory "realloc"))))
    (core func $look (canon lower (func $callee "look")))
    (core func $make (canon lower (func $callee "make")))
    (core func $dropped (canon lower (func $callee "dropped")))
    (alias export $callee "r" (type $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "callee" "echo" (func $echo (param i32 i32 i32)))
      (import "callee" "look" (func $look (param i32) (result i32)))
      (import "callee" "make" (func $make (param i32) (result i32)))
      (import "callee" "drop" (func $drop (param i32)))
      (import "callee" "dropped" (func $dropped (result i32)))
      (import "memory" "memory" (memory 1))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16))
      ;; Makes a resource of the other's, looks at it and drops it: twice the number, if all of that went well.
      (func (export "try") (param i32) (result i32) (local $handle i32) (local $seen i32)
        (local.set $handle (call $make (local.get 0)))
        (local.set $seen (call $look (local.get $handle)))
        (call $drop (local.get $handle))
        (i32.add (local.get $seen) (call $dropped)))
      (func (export "drop-twice")
        (local $handle i32)
        (local.set $handle (call $make (i32.const 1)))
        (call $drop (local.get $handle))
        (call $drop (local.get $handle))))
    (core instance $i (instantiate $m
      (with "memory" (instance $memory))
      (with "callee" (instance (export "echo" (func $echo)) (export "look" (func $look)) (export "make" (func $make))
        (export "drop" (func $drop)) (export "dropped" (func $dropped))))))
    (func (export "echo") (param "x" string) (result string)
      (canon lift (core func $i "echo") string-encoding={caller} (memory (core memory $memory "memory"))
        (realloc (core func $memory "realloc"))))
    (func (export "drop-twice") (canon lift (core func $i "drop-twice")))
    (func (export "try") (param "n" u32) (result u32) (canon lift (core func $i "try"))))
  (instance $a (instantiate $callee))
  (instance $b (instantiate $caller (with "callee" (instance $a))))
  (func (export "echo") (alias export $b "echo"))
  (func (export "drop-twice") (alias export $b "drop-twice"))
  (func (export "try") (alias export $b "try"))
)"#
  )
}
