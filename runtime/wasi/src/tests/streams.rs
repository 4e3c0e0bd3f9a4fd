use super::super::Output;
use super::super::Stdin;
use super::*;

#[test]
fn output_is_captured_apart() {
  let options = WasiOptions { stdout: Output::Capture, stderr: Output::Capture, ..WasiOptions::default() };
  let mut guest = Guest::new(options);
  assert_eq!(guest.write(1, b"out"), Ok(3));
  assert_eq!(guest.write(2, b"error"), Ok(5));
  assert_eq!(guest.write(1, b"put"), Ok(3));
  assert_eq!(guest.wasi.take_stdout(), b"output");
  assert_eq!(guest.wasi.take_stdout(), b"");
  assert_eq!(guest.wasi.take_stderr(), b"error");
}

#[test]
fn captured_output_has_a_limit() {
  let mut guest = Guest::new(WasiOptions { stdout: Output::Capture, capture_limit: 5, ..WasiOptions::default() });
  assert_eq!(guest.write(1, b"abcd"), Ok(4));
  assert_eq!(guest.write(1, b"efgh"), Ok(1));
  assert_eq!(guest.write(1, b"i"), refused(Errno::Nospc));
  assert_eq!(guest.write(1, b""), Ok(0));
  assert_eq!(guest.wasi.take_stdout(), b"abcde");
  assert_eq!(guest.write(1, b"i"), Ok(1));
}

#[test]
fn output_is_appended_to_a_file() {
  let mut file = tempfile::NamedTempFile::new().unwrap();
  std::io::Write::write_all(&mut file, b"before ").unwrap();
  let appended = std::fs::File::options().append(true).open(file.path()).unwrap();
  let output = Output::File { file: std::sync::Arc::new(appended), inherit: false };
  let mut guest = Guest::new(WasiOptions { stdout: output, ..WasiOptions::default() });
  assert_eq!((guest.write(1, b"out"), guest.write(1, b"put")), (Ok(3), Ok(3)));
  assert_eq!(std::fs::read(file.path()).unwrap(), b"before output");
}

#[test]
fn null_takes_all_and_gives_nothing() {
  let mut guest = Guest::new(WasiOptions::default());
  assert_eq!(guest.write(1, b"gone"), Ok(4));
  assert_eq!(guest.read(0, 10), Ok(vec![]));
  assert_eq!(guest.wasi.take_stdout(), b"");
}

#[test]
fn input_is_read_to_its_end() {
  let mut guest = Guest::new(WasiOptions { stdin: Stdin::Bytes(b"hello".to_vec()), ..WasiOptions::default() });
  assert_eq!(guest.read(0, 8), Ok(b"hell".to_vec()));
  assert_eq!(guest.read(0, 8), Ok(b"o".to_vec()));
  assert_eq!(guest.read(0, 8), Ok(vec![]));
}

#[test]
fn streams_have_one_direction_and_no_place() {
  let mut guest = Guest::new(WasiOptions::default());
  assert_eq!(guest.write(0, b"x"), refused(Errno::Notcapable));
  assert_eq!(guest.read(1, 1), refused(Errno::Notcapable));
  assert_eq!(guest.seek(1, 0, 0), refused(Errno::Spipe));
  assert_eq!(guest.call("fd_tell", &[0, 0]), refused(Errno::Spipe));
  assert_eq!(guest.call("fd_prestat_get", &[1, 0]), refused(Errno::Badf));
  assert_eq!(guest.on_path("path_create_directory", 1, "a"), refused(Errno::Notdir));
  guest.call("fd_sync", &[1]).unwrap();
}

#[test]
fn a_stream_that_is_no_terminal_is_not_taken_for_one() {
  let mut guest = Guest::new(WasiOptions { stdout: Output::Capture, ..WasiOptions::default() });
  guest.call("fd_fdstat_get", &[1, RESULT.into()]).unwrap();
  assert_eq!(guest.get(RESULT, 1), [0]);
  assert_eq!(guest.get_u64(RESULT + 8), rights::OUTPUT);
  guest.call("fd_filestat_get", &[1, RESULT.into()]).unwrap();
  assert_eq!(guest.get_u64(RESULT + 16), 0);
}

#[test]
fn a_closed_stream_is_closed() {
  let mut guest = Guest::new(WasiOptions { stdout: Output::Capture, ..WasiOptions::default() });
  guest.write(1, b"x").unwrap();
  guest.call("fd_close", &[1]).unwrap();
  assert_eq!(guest.write(1, b"x"), refused(Errno::Badf));
  assert_eq!(guest.call("fd_close", &[1]), refused(Errno::Badf));
  assert_eq!(guest.wasi.take_stdout(), b"x");
}

#[test]
fn a_renumbered_stream_goes_where_it_went() {
  let mut guest =
    Guest::new(WasiOptions { stdout: Output::Capture, stderr: Output::Capture, ..WasiOptions::default() });
  guest.call("fd_renumber", &[1, 2]).unwrap();
  assert_eq!(guest.write(2, b"x"), Ok(1));
  assert_eq!(guest.write(1, b"x"), refused(Errno::Badf));
  assert_eq!(guest.call("fd_renumber", &[2, 0xFFFF_FFFF]), refused(Errno::Badf));
  guest.call("fd_renumber", &[2, 2]).unwrap();
  assert_eq!(guest.wasi.take_stdout(), b"x");
  assert_eq!(guest.wasi.take_stderr(), b"");
}

#[test]
fn rights_are_given_up_and_not_gained() {
  let mut guest = Guest::new(WasiOptions::default());
  let set = |guest: &mut Guest, rights| guest.call("fd_fdstat_set_rights", &[1, rights, 0]);
  assert_eq!(set(&mut guest, rights::OUTPUT | rights::FD_READ), refused(Errno::Notcapable));
  set(&mut guest, 0).unwrap();
  assert_eq!(set(&mut guest, rights::FD_WRITE), refused(Errno::Notcapable));
  assert_eq!(guest.write(1, b"x"), refused(Errno::Notcapable));
}
