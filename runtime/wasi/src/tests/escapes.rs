use std::fs;
use std::path::Path;

use super::*;

const READ: u64 = rights::FD_READ;

impl Scene {
  fn unchanged(&self) {
    let mut names: Vec<_> = fs::read_dir(&self.outside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["inside", "other", "secret"]);
    assert_eq!(fs::read(self.outside.path().join("secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(self.outside.path().join("other")).unwrap().count(), 0);
    let modified = fs::metadata(self.outside.path().join("secret")).unwrap().modified().unwrap();
    assert!(modified.elapsed().unwrap().as_secs() < 3600);
  }

  /// Tries everything that can be done with a path that leads to a file outside.
  fn refuses(&mut self, file: impl AsRef<[u8]>, errnos: &[Errno]) {
    let file = file.as_ref();
    let guest = &mut self.guest;
    let check = |what: &str, result: Result<(), u32>| {
      let expected = errnos.iter().any(|errno| result == refused(*errno));
      assert!(expected, "{what} of {:?}: {result:?}", String::from_utf8_lossy(file));
    };
    check("open", guest.open(ROOT, file, 0, READ).map(drop));
    check("open to write", guest.open(ROOT, file, 0, rights::FILE).map(drop));
    check("create", guest.open(ROOT, file, CREATE, rights::FILE).map(drop));
    check("truncate", guest.open(ROOT, file, TRUNCATE, rights::FILE).map(drop));
    check("filestat", guest.filestat(ROOT, FOLLOW, file));
    check("set times", guest.set_times(ROOT, file, 1));
  }

  /// And what does not follow a symbolic link at the end of the path.
  fn refuses_without_following(&mut self, file: impl AsRef<[u8]>, errnos: &[Errno]) {
    let file = file.as_ref();
    let guest = &mut self.guest;
    let check = |what: &str, result: Result<(), u32>| {
      let expected = errnos.iter().any(|errno| result == refused(*errno));
      assert!(expected, "{what} of {:?}: {result:?}", String::from_utf8_lossy(file));
    };
    check("open directory", guest.open(ROOT, file, DIRECTORY, READ).map(drop));
    check("filestat", guest.filestat(ROOT, 0, file));
    check("open", guest.open_with(ROOT, 0, file, 0, READ, 0).map(drop));
    check("unlink", guest.on_path("path_unlink_file", ROOT, file));
    check("create directory", guest.on_path("path_create_directory", ROOT, file));
    check("remove directory", guest.on_path("path_remove_directory", ROOT, file));
    check("rename from", guest.rename(ROOT, file, ROOT, "new"));
    check("rename to", guest.rename(ROOT, "a", ROOT, file));
    check("link from", guest.link(ROOT, file, ROOT, "new"));
    check("link to", guest.link(ROOT, "a", ROOT, file));
    check("symlink", guest.symlink("a", ROOT, file));
    check("readlink", guest.readlink(ROOT, file).map(drop));
  }
}

#[test]
fn dots_do_not_lead_out() {
  let mut scene = Scene::new();
  for path in
    ["../secret", "d/../../secret", "d/e/../../../secret", "./.././secret", "../inside/a", "../../../etc/passwd"]
  {
    scene.refuses(path, &[Errno::Perm]);
    scene.refuses_without_following(path, &[Errno::Perm]);
  }
  assert_eq!(scene.guest.open(ROOT, "..", DIRECTORY, READ), refused(Errno::Perm));
  // The directory's own root is where it was opened, however it was come by.
  let d = scene.guest.open(ROOT, "d", DIRECTORY, rights::DIRECTORY).unwrap();
  assert_eq!(scene.guest.open(d, "../a", 0, READ), refused(Errno::Perm));
  scene.guest.open(ROOT, "d/../a", 0, READ).unwrap();
  scene.unchanged();
}

#[test]
fn absolute_paths_lead_nowhere() {
  let mut scene = Scene::new();
  let secret = scene.outside.path().join("secret").to_str().unwrap().to_string();
  let inside = scene.inside().join("a").to_str().unwrap().to_string();
  for path in [secret.as_str(), &inside, "/etc/passwd", "/", "//etc/passwd", "/proc/self/environ", "/dev/null"] {
    scene.refuses(path, &[Errno::Perm]);
    scene.refuses_without_following(path, &[Errno::Perm]);
  }
  scene.unchanged();
}

#[test]
fn a_path_is_text() {
  let mut scene = Scene::new();
  for (path, errno) in [
    (b"".as_slice(), Errno::Noent),
    (b"a\0", Errno::Inval),
    (b"a\0/../../secret", Errno::Inval),
    (b"\0", Errno::Inval),
    (b"a\xFF", Errno::Ilseq),
    (b"\xC0\xAE\xC0\xAE/secret", Errno::Ilseq),
    (&[b'a'; 5000], Errno::Nametoolong),
    (&[b'a'; 4000], Errno::Nametoolong),
  ] {
    scene.refuses(path, &[errno]);
    scene.refuses_without_following(path, &[errno]);
  }
  scene.unchanged();
}

#[cfg(unix)]
#[test]
fn links_that_the_host_made_do_not_lead_out() {
  let mut scene = Scene::new();
  let link = |target: &Path, name: &str| std::os::unix::fs::symlink(target, scene.inside().join(name)).unwrap();
  link(Path::new("../secret"), "relative");
  link(&scene.outside.path().join("secret"), "absolute");
  link(Path::new("relative"), "second");
  link(Path::new("/proc/self/environ"), "proc");
  link(Path::new("/proc/self/root/etc/passwd"), "magic");
  link(&scene.outside.path().join("missing"), "dangling");
  for path in ["relative", "absolute", "second", "proc", "magic", "dangling"] {
    scene.refuses(path, &[Errno::Perm]);
  }
  link_directories(&mut scene);
  scene.unchanged();
}

/// What is behind a link that is not the last part of a path is not reached by anything.
#[cfg(unix)]
fn link_directories(scene: &mut Scene) {
  for (target, name) in [("..", "up"), ("/proc/self/root", "root"), ("/proc/self/fd", "fds"), ("../other", "beside")] {
    std::os::unix::fs::symlink(target, scene.inside().join(name)).unwrap();
  }
  for path in ["up/secret", "up/inside/a", "root/etc/passwd", "fds/0", "beside/new"] {
    scene.refuses(path, &[Errno::Perm]);
    scene.refuses_without_following(path, &[Errno::Perm]);
  }
  for path in ["up", "root", "fds", "beside"] {
    assert_eq!(scene.guest.open(ROOT, path, DIRECTORY, READ), refused(Errno::Perm));
    assert_eq!(scene.guest.open(ROOT, path, 0, READ), refused(Errno::Perm));
  }
}

#[test]
fn a_circle_of_links_ends() {
  let mut scene = Scene::new();
  scene.guest.symlink("two", ROOT, "one").unwrap();
  scene.guest.symlink("one", ROOT, "two").unwrap();
  scene.refuses("one", &[Errno::Loop]);
}

#[cfg(unix)]
#[test]
fn an_absolute_link_is_not_told() {
  let mut scene = Scene::new();
  std::os::unix::fs::symlink(scene.outside.path().join("secret"), scene.inside().join("s")).unwrap();
  assert_eq!(scene.guest.readlink(ROOT, "s"), refused(Errno::Perm));
}

#[test]
fn a_directory_that_moves_does_not_lead_out() {
  let mut scene = Scene::new();
  let e = scene.guest.open(ROOT, "d/e", DIRECTORY, rights::DIRECTORY).unwrap();
  scene.guest.rename(ROOT, "d/e", ROOT, "e").unwrap();
  for path in ["../a", "../../secret", ".."] {
    assert_eq!(scene.guest.open(e, path, 0, READ), refused(Errno::Perm));
  }
  scene.guest.open(e, "new", CREATE, rights::FILE).unwrap();
  assert!(scene.inside().join("e/new").exists());
}

#[test]
fn between_two_directories_both_paths_are_judged() {
  let mut scene = Scene::new();
  let second = tempfile::tempdir().unwrap();
  fs::write(second.path().join("b"), "b").unwrap();
  scene.guest = Guest::in_directories(&[(&scene.inside(), true), (second.path(), true)]);
  let other = ROOT + 1;
  assert_eq!(scene.guest.rename(ROOT, "../secret", other, "new"), refused(Errno::Perm));
  assert_eq!(scene.guest.rename(other, "b", ROOT, "../new"), refused(Errno::Perm));
  assert_eq!(scene.guest.link(ROOT, "../secret", other, "new"), refused(Errno::Perm));
  assert_eq!(scene.guest.link(other, "b", ROOT, "../new"), refused(Errno::Perm));
  scene.unchanged();
}

#[test]
fn without_directories_there_is_no_path() {
  let mut guest = Guest::new(WasiOptions::default());
  for fd in [0, 1, 2] {
    assert_eq!(guest.open(fd, "a", 0, READ), refused(Errno::Notdir));
  }
  for fd in [3, 4, u32::MAX] {
    assert_eq!(guest.open(fd, "a", CREATE, READ), refused(Errno::Badf));
    assert_eq!(guest.open(fd, "/etc/passwd", 0, READ), refused(Errno::Badf));
    assert_eq!(guest.filestat(fd, 0, "a"), refused(Errno::Badf));
    assert_eq!(guest.call("fd_prestat_get", &[fd.into(), RESULT.into()]), refused(Errno::Badf));
  }
}
