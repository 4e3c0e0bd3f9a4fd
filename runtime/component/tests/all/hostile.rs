//! What is malformed, or larger than it looks: an error each, soon.

use std::time::Duration;
use std::time::Instant;

use component_plan::Documentation;
use component_plan::Limits;
use component_plan::PlanError;
use component_plan::Planned;
use component_plan::classify;
use component_plan::wit;

use crate::inputs::assert_undescribed;
use crate::inputs::binary;
use crate::inputs::of_world;
use crate::inputs::planned;

/// Far longer than any of it takes, even on a busy machine without optimisation.
const SOON: Duration = Duration::from_secs(60);

#[track_caller]
fn refused_soon(bytes: &[u8]) -> PlanError {
  let start = Instant::now();
  let error = planned(bytes).expect_err("it is too large");
  assert!(start.elapsed() < SOON, "{:?} for {error}", start.elapsed());
  error
}

#[track_caller]
fn assert_too_large(bytes: &[u8], what: &str) {
  match refused_soon(bytes) {
    PlanError::TooLarge { what: found, limit, found: count } => {
      assert!(found.contains(what), "{found:?} does not say {what:?}");
      assert!(count > limit);
    }
    other => panic!("{what}: {other:?}"),
  }
}

/// A component of sections: each has a number and contents.
fn component(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
  let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
  for (id, contents) in sections {
    bytes.push(*id);
    bytes.extend(leb128(contents.len()));
    bytes.extend(contents);
  }
  bytes
}

const TYPES: u8 = 7;
const IMPORTS: u8 = 10;

fn leb128(mut value: usize) -> Vec<u8> {
  let mut bytes = Vec::new();
  loop {
    let byte = u8::try_from(value & 0x7f).expect("seven bits");
    value >>= 7;
    if value == 0 {
      bytes.push(byte);
      return bytes;
    }
    bytes.push(byte | 0x80);
  }
}

/// A list of items with its length before it.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
  [leb128(items.len()), items.concat()].concat()
}

/// A reference to a type, as a signed number.
fn type_index(index: usize) -> Vec<u8> {
  let mut bytes = leb128(index);
  if bytes.last().is_some_and(|byte| byte & 0x40 != 0) {
    let last = bytes.len() - 1;
    bytes[last] |= 0x80;
    bytes.push(0);
  }
  bytes
}

#[test]
fn truncated_bytes_are_refused() {
  let component = binary(include_str!("http.wat"));
  let module = of_world(
    r#"(module (memory (export "memory") 1) (func (export "f") (param i32 i32)) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))"#,
    "package a:b; world w { export f: func(x: string); }",
  );
  assert_eq!(planned(&component).map(|_| ()), Ok(()));
  assert_eq!(planned(&module).map(|_| ()), Ok(()));
  for whole in [component, module] {
    for end in (0..whole.len()).step_by(7) {
      let bytes = &whole[..end];
      classify(bytes);
      // What is cut between two sections may be whole; it is never something else.
      let _ = (planned(bytes), wit(bytes, &Limits::default()), Documentation::of_binary(bytes, &Limits::default()));
    }
  }
}

#[test]
fn bytes_that_were_changed_never_panic() {
  let component = binary(include_str!("http.wat"));
  let mut seed = 0x9e37_79b9_u32;
  let mut random = move || {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    seed
  };
  for _ in 0..1000 {
    let mut bytes = component.clone();
    for _ in 0..=random() % 3 {
      let at = random() as usize % bytes.len();
      bytes[at] = (random() >> 8) as u8;
    }
    let _ = (planned(&bytes), wit(&bytes, &Limits::default()));
  }
}

#[test]
fn a_million_imports_are_refused() {
  let one = |index: usize| {
    let name = format!("f{index}");
    [vec![0], leb128(name.len()), name.into_bytes(), vec![1, 0]].concat()
  };
  let imports: Vec<Vec<u8>> = (0..1_000_000).map(one).collect();
  let function = vec![1, 0x40, 0, 1, 0];
  assert_too_large(&component(&[(TYPES, function), (IMPORTS, list(&imports))]), "imports");
}

#[test]
fn too_many_imports_of_a_core_module_are_refused() {
  let imports = "(import \"\" \"\" (func))".repeat(60_000);
  assert_too_large(&of_world(&format!("(module {imports})"), "package a:b; world w {}"), "imports");
}

#[test]
fn types_nested_a_thousand_times_are_refused() {
  for depth in [101_usize, 1000, 15_000] {
    let mut types = vec![vec![0x70, 0x7d]];
    types.extend((0..depth).map(|index| [vec![0x70], type_index(index)].concat()));
    assert_too_large(&component(&[(TYPES, list(&types))]), "types nested");
    // The same within the type of an interface.
    let mut declarations: Vec<Vec<u8>> = types.iter().map(|ty| [vec![1], ty.clone()].concat()).collect();
    declarations.push(vec![0x04, 0, 1, b't', 3, 0, 0]);
    let instance = [vec![0x42], list(&declarations)].concat();
    assert_too_large(&component(&[(TYPES, list(&[instance]))]), "types nested");
  }
}

#[test]
fn types_of_interfaces_nested_a_million_times_are_refused() {
  for form in [0x41, 0x42] {
    let mut types = vec![1];
    types.extend([form, 1, 1].repeat(1_000_000));
    types.extend([0x7d]);
    assert_too_large(&component(&[(TYPES, types.clone())]), "types");
    let text = wit(&component(&[(TYPES, types)]), &Limits::default());
    assert!(matches!(text, Err(PlanError::TooLarge { .. })), "{text:?}");
  }
}

#[test]
fn types_that_double_are_refused() {
  // Each type is a tuple of the one before it, twice; functions that take the last of 20 write out a million types.
  let mut types = vec![vec![0x6f, 1, 0x7d]];
  types.extend((0..18).map(|index| [vec![0x6f, 2], type_index(index), type_index(index)].concat()));
  types.push([vec![0x40, 1, 1, b'x'], type_index(18), vec![1, 0]].concat());
  let imports: Vec<Vec<u8>> = (0..1000)
    .map(|index| {
      let name = format!("f{index}");
      [vec![0], leb128(name.len()), name.into_bytes(), vec![1], leb128(19)].concat()
    })
    .collect();
  assert_too_large(&component(&[(TYPES, list(&types)), (IMPORTS, list(&imports))]), "steps");
}

#[test]
fn types_that_double_within_an_interface_are_refused() {
  let mut declarations: Vec<Vec<u8>> = vec![vec![1, 0x6f, 1, 0x7d]];
  declarations.extend((0..18).map(|index| [vec![1, 0x6f, 2], type_index(index), type_index(index)].concat()));
  declarations.push([vec![1, 0x40, 1, 1, b'x'], type_index(18), vec![1, 0]].concat());
  for index in 0..1000 {
    let name = format!("f{index}");
    declarations.push([vec![0x04, 0], leb128(name.len()), name.into_bytes(), vec![1], leb128(19)].concat());
  }
  let instance = [vec![0x42], list(&declarations)].concat();
  assert_too_large(&component(&[(TYPES, list(&[instance]))]), "steps");
}

#[test]
fn counts_that_promise_more_than_there_is_are_refused() {
  for id in 0..12 {
    for contents in [leb128(100_000_000), [leb128(1), vec![0x42], leb128(1_000_000)].concat()] {
      let start = Instant::now();
      let result = planned(&component(&[(id, contents)]));
      assert!(result.is_err() || id == 0, "section {id}");
      assert!(start.elapsed() < SOON);
    }
  }
  // A section that promises 100 MB.
  let bytes = [&component(&[])[..], &[TYPES], &leb128(100_000_000), &[1]].concat();
  assert!(matches!(refused_soon(&bytes), PlanError::Invalid { .. }));
}

#[test]
fn components_that_double_are_refused() {
  let mut text = String::from("(component (component $c0 (core module $m (func)) (core instance (instantiate $m)))");
  for index in 0..40 {
    text += &format!(
      "(component $c{} (alias outer 1 $c{index} (component $c)) (instance (instantiate $c)) (instance (instantiate $c)))",
      index + 1
    );
  }
  text += "(instance (instantiate $c40)))";
  assert_too_large(&binary(&text), "steps");
}

#[test]
fn instances_that_double_are_refused() {
  let mut text = String::from("(component (instance $i0)");
  for index in 0..40 {
    text +=
      &format!("(instance $i{} (export \"a\" (instance $i{index})) (export \"b\" (instance $i{index})))", index + 1);
  }
  text += "(export \"x\" (instance $i40)))";
  // The validator has a limit of its own for these.
  let error = refused_soon(&binary(&text));
  assert!(matches!(error, PlanError::TooLarge { .. } | PlanError::Invalid { .. }), "{error:?}");
}

#[test]
fn more_memories_than_an_adapter_may_have_are_refused() {
  let mut text = String::from(
    r#"(component (component $c
      (core module $m (memory (export "memory") 1) (func (export "f") (param i32 i32))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m))
      (func (export "f") (param "x" string)
        (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#,
  );
  for index in 0..101 {
    text += &format!("(instance $i{index} (instantiate $c))");
  }
  assert_too_large(&binary(&(text + ")")), "memories");
}

#[test]
fn values_that_are_larger_than_a_memory_are_refused() {
  let text = r#"(component
    (type $a (list u64 100000)) (type $b (list $a 100000)) (type $c (tuple $b $b))
    (import "f" (func (param "x" $c))))"#;
  assert_too_large(&binary(text), "bytes in a value");
}

#[test]
fn components_within_components_are_read_without_recursion() {
  let mut bytes = component(&[]);
  for _ in 0..2000 {
    bytes = component(&[(4, bytes)]);
  }
  let start = Instant::now();
  let _ = planned(&bytes);
  assert!(start.elapsed() < SOON);
}

#[test]
fn limits_are_kept() {
  let text = r#"(component
    (import "f" (func)) (import "g" (func))
    (type (list u8)) (type (list u16))
    (core module) (core module))"#;
  let bytes = binary(text);
  let with = |change: &dyn Fn(&mut Limits)| {
    let mut limits = Limits::default();
    change(&mut limits);
    component_plan::plan(&bytes, &limits)
  };
  let what = |result: Result<Planned, PlanError>| match result {
    Err(PlanError::TooLarge { what, .. }) => what,
    other => panic!("{other:?}"),
  };
  assert!(with(&|_| {}).is_ok());
  assert_eq!(what(with(&|limits| limits.bytes = bytes.len() - 1)), "bytes");
  assert_eq!(what(with(&|limits| limits.modules = 1)), "core modules");
  assert_eq!(what(with(&|limits| limits.types = 1)), "types");
  assert_eq!(what(with(&|limits| limits.imports = 1)), "imports");
  assert_eq!(what(with(&|limits| limits.steps = 1)), "steps of instantiation");
  assert_eq!(what(with(&|limits| limits.plan_bytes = 100)), "bytes of plan");
}

#[test]
fn packages_that_use_each_other_are_refused() {
  let wit = "package a:one; interface i { record r { x: u32 } } interface j { use i.{r}; f: func(x: r); } world w { import i; import j; }";
  let mut bytes = of_world(r#"(module (import "a:one/j" "f" (func (param i32))))"#, wit);
  assert_eq!(planned(&bytes).map(|_| ()), Ok(()));
  // The interface that uses the other moves to a package of its own, which the world of the first imports.
  let name = b"a:one/j";
  let places: Vec<usize> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
  for at in places {
    bytes[at] = b'b';
  }
  assert_eq!(planned(&bytes).map(|_| ()), Err(PlanError::Undescribed("its packages use each other".to_string())));
}

#[test]
fn a_description_that_is_no_world_is_refused() {
  for text in [
    r#"(component (type (component)) (export "w" (type 0)))"#,
    r#"(component (type (component (import "f" (func)))) (export "w" (type 0)))"#,
    r#"(component (type (component (type (component)) (export "a:b/c" (component (type 0))) (export "a:b/d" (component (type 0))))) (export "w" (type 0)))"#,
    r#"(component (type (component (export "f" (func)))) (export "w" (type 0)))"#,
    r#"(component (type (component (import "i" (func)) (export "a:b/w" (component)))) (export "w" (type 0)))"#,
    r#"(component (type (component (export "a:b/w" (component)))) (export "w" (type 0)) (export "v" (type 0)))"#,
  ] {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    let (name, world) = ("component-type:w", binary(text));
    let mut section = vec![name.len() as u8];
    section.extend([name.as_bytes(), &world].concat());
    bytes.extend([0, section.len() as u8 | 0x80, (section.len() >> 7) as u8]);
    bytes.extend(section);
    assert_undescribed(planned(&bytes), text);
    assert_undescribed(wit(&bytes, &Limits::default()), text);
  }
}

/// An encoder that goes through all cases would be busy for minutes; what a module says of its world is counted before.
#[test]
fn variants_in_all_cases_of_variants_are_refused_before_a_module_is_made_a_component() {
  for (cases, depth) in [(2, 15), (3, 12), (10, 8)] {
    let mut types = "variant v0 { a(u8) }".to_string();
    for level in 1..depth {
      let cases: Vec<_> = (0..cases).map(|case| format!("case{case}(v{})", level - 1)).collect();
      types += &format!("variant v{level} {{ {} }}", cases.join(", "));
    }
    let wit = format!("package a:b; interface i {{ {types} f: func(x: v{}); }} world w {{ import i; }}", depth - 1);
    let module = of_world(r#"(module (memory (export "memory") 1))"#, &wit);
    assert_too_large(&module, "steps");
  }
}
