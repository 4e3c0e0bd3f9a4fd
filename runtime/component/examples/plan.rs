//! Prints the plan of a component, in binary or text, as JSON, and writes its core modules where a folder is named:
//! `cargo run -p component_plan --example plan -- FILE [FOLDER]`.

use std::error::Error;
use std::path::Path;

use component_plan::Limits;

fn main() -> Result<(), Box<dyn Error>> {
  let arguments: Vec<String> = std::env::args().collect();
  let file = arguments.get(1).ok_or("name a component, or a core module with a component-type section")?;
  let bytes = std::fs::read(file)?;
  let planned = component_plan::plan(&wat::parse_bytes(&bytes)?, &Limits::default())?;
  if let Some(folder) = arguments.get(2) {
    std::fs::create_dir_all(folder)?;
    for (index, module) in planned.modules.iter().enumerate() {
      std::fs::write(Path::new(folder).join(format!("{index}.wasm")), module)?;
    }
  }
  println!("{}", serde_json::to_string_pretty(&planned.plan)?);
  Ok(())
}
