//! TypeScript types of components.

use component_plan::Documentation;
use component_plan::typescript;

use crate::documentation::MODULE;
use crate::documentation::WIT;
use crate::documentation::of_package;
use crate::inputs::of_world;
use crate::inputs::plan;
use crate::inputs::planned;

/// A function over types that have names, and a resource of the host's.
const COMPONENT: &str = r#"(component
  (import "test:host/files@0.1.0" (instance $files
    (export "file" (type $file (sub resource)))
    (export "[method]file.read" (func (param "self" (borrow $file)) (param "count" u64) (result (list u8))))
    (export "open-file" (func (param "path" string) (result (result (own $file) (error string)))))))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "f") (param i32 i32 i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (type $point' (record (field "left-edge" s8) (field "name" (option string))))
  (type $colour' (enum "dark-green" "red"))
  (type $shape' (variant (case "none") (case "dot" u16)))
  (export $point "point" (type $point'))
  (export $colour "colour" (type $colour'))
  (export $shape "shape" (type $shape'))
  (func (export "paint-all")
    (param "new" $colour) (param "at" (list $point)) (param "y" (option u8)) (result (tuple $shape (list f32)))
    (canon lift (core func $i "f") (memory (core memory $memory)) (realloc (core func $realloc)))))"#;

#[test]
fn what_a_component_exports_and_imports_has_types() {
  let types = typescript("paint", &plan(COMPONENT), &Documentation::default());
  for expected in [
    "export type Point = { leftEdge: number; name?: string | undefined };",
    "export type Colour = \"dark-green\" | \"red\";",
    "export type Shape = { tag: \"none\" } | { tag: \"dot\"; val: number };",
    "  paintAll(new_: Colour, at: ReadonlyArray<PointArgument>, y?: number | null | undefined): [Shape, Float32Array];",
    "export type PointArgument = { leftEdge: number; name?: string | null | undefined };",
    "  read(count: bigint): Deno.Numbers<number> | Promise<Deno.Numbers<number>>;",
    "  openFile(path: string): File | Promise<File>;",
    "  \"test:host/files@0.1.0\": FilesImports;",
  ] {
    assert!(types.contains(expected), "{expected} is not in\n{types}");
  }
}

/// A class has one `prototype`, and what has a method `then` is taken for a promise.
#[test]
fn names_that_a_class_cannot_have_are_others() {
  let text = r#"(component
    (import "thing" (type $thing (sub resource)))
    (import "[static]thing.prototype" (func))
    (import "[method]thing.then" (func (param "self" (borrow $thing)))))"#;
  let types = typescript("things", &plan(text), &Documentation::default());
  for expected in ["  static prototype_(): void;", "  then_(): void;"] {
    assert!(types.contains(expected), "{expected} is not in\n{types}");
  }
}

#[test]
fn comments_stand_beside_what_they_are_of() {
  let planned = planned(&of_world(MODULE, WIT)).expect("there is a plan");
  let types = typescript("adder", &planned.plan, &of_package(WIT));
  for expected in [
    "/** Where a number is. */\nexport type Point = {\n  /** To the right. */\n  x: number;\n  y: number;\n};\n",
    "/** Adds. */\nexport interface Add {\n  /** The sum of both. */\n  add(x: number, y: number): number;\n}",
    " * What the plugin does.\n *\n * What `plugin.ops` has.\n */\nexport interface Ops {\n  /** Begins. */\n  run(): void;",
  ] {
    assert!(types.contains(expected), "{expected} is not in\n{types}");
  }
}
