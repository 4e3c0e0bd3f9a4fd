//! The memory of guests' instances that have ended.

use std::process::Command;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::plugbay;
use crate::harness::text_modules;

const MIB: u64 = 1024 * 1024;

/// Runs a script with the folder of the guests; gives how much memory of the system's it had at the most.
fn peak_of(script: &str) -> u64 {
  text_modules();
  let temp = tempfile::tempdir().expect("a folder can be made");
  let path = temp.path().join("script.js");
  std::fs::write(&path, script).expect("a file can be written");
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(path).arg(fixtures().join("guests"));
  peak(&mut command)
}

fn peak(command: &mut Command) -> u64 {
  let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("plugbay runs");
  let status = format!("/proc/{}/status", child.id());
  let mut peak = 0;
  while child.try_wait().expect("it is our child").is_none() {
    let text = std::fs::read_to_string(&status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    peak = kib.map_or(peak, |kib| kib * 1024);
    sleep(Duration::from_millis(2));
  }
  let output = child.wait_with_output().expect("it is our child");
  assert!(output.status.success(), "{}", describe(&output));
  assert!(peak > 0, "nothing is known of its memory");
  peak
}

#[test]
fn memory_of_instances_that_ended_is_given_back() {
  for (what, before) in [("nobody has it", ""), ("the script had it", "plugin.exports.memory.buffer;")] {
    let peak = peak_of(&format!(
      "const plugin = Deno.openPlugin(`${{Deno.args[0]}}/fills_memory.wasm`);
       for (let i = 0; i < 30; i++) {{
         {before}
         try {{
           plugin.ops.fill();
           throw new Error('no trap');
         }} catch (error) {{
           if (error.code !== 'ERR_WASM_TRAP') throw error;
         }}
       }}
       if (plugin.ops.first() !== 0) throw new Error('not a new instance');"
    ));
    assert!(peak < 800 * MIB, "{what}: {} MiB", peak / MIB);
  }
}

#[test]
fn memory_of_commands_that_ran_is_given_back() {
  let peak = peak_of(
    "const plugin = Deno.openPlugin(`${Deno.args[0]}/wasi_large_command.wasm`);
     for (let i = 0; i < 80; i++) {
       if (plugin.run().code !== 0) throw new Error('it failed');
     }",
  );
  assert!(peak < 600 * MIB, "{} MiB", peak / MIB);
}

#[test]
fn memory_that_a_script_holds_stays_what_it_was() {
  let peak = peak_of(
    "const plugin = Deno.openPlugin(`${Deno.args[0]}/fills_memory.wasm`);
     const { memory } = plugin.exports;
     try {
       plugin.ops.fill();
     } catch {}
     if (plugin.instance.isRunning) throw new Error('no trap');
     const bytes = new Uint8Array(memory.buffer);
     for (let i = 0; i < 1000; i++) {
       if (bytes[i] !== 1) throw new Error(`${bytes[i]} at ${i}`);
     }
     const own = new WebAssembly.Memory({ initial: 1 });
     const shares = Deno.openPlugin(`${Deno.args[0]}/shares_memory.wasm`, { imports: { env: { memory: own, step: 5 } } });
     for (let i = 1; i <= 3; i++) {
       if (shares.ops.count() !== 5 * i) throw new Error('the memory that it imports is another');
       try {
         shares.ops.trap();
       } catch {}
     }
     shares.close();
     if (new Int32Array(own.buffer)[0] !== 15) throw new Error('the memory that it imported is empty');",
  );
  assert!(peak < 600 * MIB, "{} MiB", peak / MIB);
}
