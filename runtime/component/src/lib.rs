//! Makes core modules and a plan of a WebAssembly component, so that an engine for core modules can run it.
//!
//! [`plan`] takes a component, or a core module that says in a `component-type` section which world it is for, and
//! gives [`Planned`]: the bytes of core modules, and a [`Plan`] of how they are instantiated, what they import from the
//! host and how the values of component functions are passed to them. The plan has all of the canonical ABI that is
//! known before a component runs (sizes, offsets, flattened signatures), so that whoever follows it needs none of its
//! layout rules. It is plain data: [`Plan::to_json`] writes it, and it can be kept beside the modules as long as
//! [`PLAN_VERSION`] is the same.
//!
//! # As JSON
//!
//! Names of fields are in camelCase; what is one of several things says which by `kind`, in kebab-case. What is absent
//! is `null`. Types, functions, options and so on are referred to by their index in the list of that name. Of
//!
//! ```wit
//! interface types { resource stream { read: func(len: u64) -> result<list<u8>, string>; } }
//! world example { import types; export greet: func(name: string) -> option<u32>; }
//! ```
//!
//! a plan has, with much left out:
//!
//! ```json
//! {
//!   "version": 2,
//!   "modules": [
//!     { "size": 72, "role": "code", "memories": { "count": 1, "size": 1 }, "tables": { "count": 0, "size": 0 } } ],
//!   "componentInstances": 1,
//!   "initializers": [
//!     { "kind": "instantiate", "module": 0, "instance": 0, "imports": [
//!       { "module": "a:b/types", "name": "[method]stream.read", "value": { "kind": "trampoline", "index": 0 } } ] },
//!     { "kind": "memory", "index": 0, "value": { "kind": "export", "instance": 0, "name": "memory" } },
//!     { "kind": "realloc", "index": 0, "value": { "kind": "export", "instance": 0, "name": "cabi_realloc" } },
//!     { "kind": "post-return", "index": 0, "value": { "kind": "export", "instance": 0, "name": "cabi_post_greet" } }
//!   ],
//!   "trampolines": [
//!     { "kind": "lower-import", "import": 0, "function": 0, "options": 0 },
//!     { "kind": "resource-drop", "table": 0, "instance": 0 }
//!   ],
//!   "options": [
//!     { "instance": 0, "stringEncoding": "utf8", "memory": 0, "realloc": 0, "postReturn": null } ],
//!   "imports": [
//!     { "name": { "full": "a:b/types", "form": "interface", "package": "a:b", "interface": "types", "version": null },
//!       "kind": "instance", "items": [
//!         { "name": { "full": "stream", "form": "plain" }, "kind": "resource", "table": 0 },
//!         { "name": { "full": "[method]stream.read", "form": "method", "resource": "stream", "member": "read" },
//!           "kind": "function", "function": 0 } ] }
//!   ],
//!   "importedFunctions": [{ "import": 0, "path": ["[method]stream.read"] }],
//!   "exports": [
//!     { "name": { "full": "greet", "form": "plain" }, "kind": "function", "function": 1, "options": 1,
//!       "value": { "kind": "export", "instance": 0, "name": "greet" } }
//!   ],
//!   "functions": [
//!     { "params": [{ "name": "self", "type": 0, "offset": 0 }, { "name": "len", "type": 1, "offset": 8 }],
//!       "result": 5, "flatParams": ["i32", "i64"], "paramsSize": 16, "paramsAlign": 8, "flatResult": null,
//!       "lifted": { "params": ["i32", "i64"], "results": ["i32"] },
//!       "lowered": { "params": ["i32", "i64", "i32"], "results": [] } }
//!   ],
//!   "types": [
//!     { "kind": "borrow", "table": 0, "size": 4, "align": 4, "flat": ["i32"] },
//!     { "kind": "u64", "size": 8, "align": 8, "flat": ["i64"] },
//!     { "kind": "u8", "size": 1, "align": 1, "flat": ["i32"] },
//!     { "kind": "list", "element": 2, "size": 8, "align": 4, "flat": ["i32", "i32"] },
//!     { "kind": "string", "size": 8, "align": 4, "flat": ["i32", "i32"] },
//!     { "kind": "result", "payloadOffset": 4, "ok": 3, "err": 4,
//!       "size": 12, "align": 4, "flat": ["i32", "i32", "i32"] }
//!   ],
//!   "resources": [{ "kind": "imported", "import": 0, "path": ["stream"] }],
//!   "resourceTables": [{ "kind": "concrete", "resource": 0, "instance": 0 }]
//! }
//! ```
//!
//! # Following a plan
//!
//! - Go through the initializers in order. An `instantiate` makes the next core instance; the others keep what an
//!   instance exports under a number of its kind. A function that is kept may be needed while a later module is
//!   instantiated, because its start function may call imports.
//! - A function's parameters are passed as `flatParams`, or, where that is `null`, in memory at their offsets. A result
//!   is passed as `flatResult`, or, where that is `null`, in memory.
//! - A variant's, option's or result's core values are the discriminant and then the payload's, each of the type that
//!   `flat` says: where a payload's own is another, it is i32 for f32 (reinterpreted), or i64 for i32 (zero-extended),
//!   f32 (reinterpreted and zero-extended) or f64 (reinterpreted).
//! - Handles are numbered for each component instance, for all resources together, from 1.

#![forbid(unsafe_code)]

mod componentize;
mod core_definition;
mod describable;
mod description;
mod documentation;
mod dry_run;
mod exports;
mod forwarding;
mod imports;
mod index;
mod interface;
mod json;
mod kind;
mod limits;
mod linking;
mod measure;
mod name;
mod packages;
mod plan;
mod plan_error;
mod planned;
mod survey;
mod trampoline;
mod trampolines;
mod translate;
mod type_scan;
mod type_table;
mod types;
mod typescript;
mod unsupported;
mod versions;
mod wit;

pub use core_definition::CoreDefinition;
pub use core_definition::CoreImport;
pub use documentation::Documentation;
pub use interface::Export;
pub use interface::ExportItem;
pub use interface::Import;
pub use interface::ImportItem;
pub use interface::ImportedFunction;
pub use interface::Name;
pub use interface::NameForm;
pub use kind::Kind;
pub use kind::classify;
pub use kind::is_component;
pub use limits::Limits;
pub use plan::CanonicalOptions;
pub use plan::CoreModule;
pub use plan::Initializer;
pub use plan::ModuleRole;
pub use plan::PLAN_VERSION;
pub use plan::Plan;
pub use plan::Resource;
pub use plan::ResourceTable;
pub use plan::Start;
pub use plan::StringEncoding;
pub use plan_error::PlanError;
pub use planned::Planned;
pub use planned::plan;
pub use trampoline::Trampoline;
pub use trampoline::Transcode;
pub use trampoline::TrapMessage;
pub use types::Case;
pub use types::CoreSignature;
pub use types::CoreType;
pub use types::Field;
pub use types::Function;
pub use types::Item;
pub use types::Shape;
pub use types::Type;
pub use typescript::comment;
pub use typescript::is_reserved;
pub use typescript::typescript;
pub use wit::wit;
