//! What a guest leaves in its folder leads nobody out of it, by whatever path it is found.

use std::fs;

use super::*;

impl Scene {
  /// What a reader without limits gets to.
  fn assert_nothing_leads_out(&self) {
    let inside = self.inside().canonicalize().unwrap();
    let mut unseen = vec![inside.clone()];
    while let Some(dir) = unseen.pop() {
      for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let file_type = entry.file_type().unwrap();
        if file_type.is_symlink() {
          let real = entry.path().canonicalize();
          assert!(real.as_ref().map_or(true, |real| real.starts_with(&inside)), "{:?}: {real:?}", entry.path());
        } else if file_type.is_dir() {
          unseen.push(entry.path());
        }
      }
    }
  }
}

#[test]
fn a_link_does_not_say_what_leads_out() {
  let mut scene = Scene::new();
  for (target, path) in [
    ("/etc/passwd", "new"),
    ("/proc/self/root", "new"),
    ("//", "d/new"),
    ("..", "new"),
    ("../secret", "new"),
    ("./.././secret", "new"),
    ("../inside/a", "new"),
    ("../../secret", "d/new"),
    ("../../../../secret", "d/e/f/new"),
    // What a name is of may change.
    ("d/..", "new"),
    ("d/../a", "new"),
    ("d/e/../../a", "new"),
    ("../d/..", "d/new"),
  ] {
    assert_eq!(scene.guest.symlink(target, ROOT, path), refused(Errno::Perm), "{path} to {target}");
  }
  for (target, path) in [
    ("a", "1"),
    ("missing/too", "2"),
    (".", "3"),
    ("./d/./e", "4"),
    ("..", "d/5"),
    ("../a", "d/6"),
    ("../../a", "d/e/7"),
    ("../../..", "d/e/f/8"),
  ] {
    scene.guest.symlink(target, ROOT, path).unwrap();
    assert_eq!(scene.guest.readlink(ROOT, path), Ok(target.as_bytes().to_vec()));
  }
  scene.assert_nothing_leads_out();
}

#[test]
fn how_deep_a_link_lies_is_where_it_really_is() {
  let mut scene = Scene::new();
  scene.guest.symlink(".", ROOT, "d/here").unwrap();
  scene.guest.symlink("..", ROOT, "d/e/up").unwrap();
  for path in ["d/here/here/here/new", "d/e/up/new", "d/e/f/../../new", "d/e/up/e/up/here/new"] {
    assert_eq!(scene.guest.symlink("../../secret", ROOT, path), refused(Errno::Perm), "{path}");
  }
  // Also in a directory that was opened, and that was moved since.
  let e = scene.guest.open(ROOT, "d/e", DIRECTORY, rights::DIRECTORY).unwrap();
  scene.guest.symlink("../../a", e, "1").unwrap();
  assert_eq!(scene.guest.symlink("../../../secret", e, "new"), refused(Errno::Perm));
  scene.guest.on_path("path_unlink_file", e, "1").unwrap();
  scene.guest.rename(ROOT, "d/e", ROOT, "e").unwrap();
  assert_eq!(scene.guest.symlink("../../secret", e, "new"), refused(Errno::Perm));
  scene.guest.symlink("../a", e, "2").unwrap();
  scene.assert_nothing_leads_out();
}

#[test]
fn a_link_is_moved_where_it_does_not_lead_out() {
  let mut scene = Scene::new();
  scene.guest.symlink("../../a", ROOT, "d/e/s").unwrap();
  for to in ["s", "d/s", "./d/../s", "d/e/../s", "a"] {
    assert_eq!(scene.guest.rename(ROOT, "d/e/s", ROOT, to), refused(Errno::Perm), "{to}");
    assert_eq!(scene.guest.link(ROOT, "d/e/s", ROOT, to), refused(Errno::Perm), "{to}");
  }
  assert!(scene.guest.rename(ROOT, "d/e/s/", ROOT, "s").is_err());
  let d = scene.guest.open(ROOT, "d", DIRECTORY, rights::DIRECTORY).unwrap();
  assert_eq!(scene.guest.rename(d, "e/s", ROOT, "s"), refused(Errno::Perm));
  assert_eq!(scene.guest.rename(ROOT, "d/e/s", d, "s"), refused(Errno::Perm));
  scene.guest.link(ROOT, "d/e/s", ROOT, "d/e/f/t").unwrap();
  scene.guest.rename(ROOT, "d/e/s", d, "e/renamed").unwrap();
  assert_eq!(fs::read(scene.inside().join("d/e/renamed")).unwrap(), b"mine");
  scene.assert_nothing_leads_out();
}

#[test]
fn a_directory_is_moved_where_no_link_in_it_leads_out() {
  let mut scene = Scene::new();
  scene.guest.symlink("../../a", ROOT, "d/e/s").unwrap();
  scene.guest.symlink("../../../d", ROOT, "d/e/f/s").unwrap();
  let d = scene.guest.open(ROOT, "d", DIRECTORY, rights::DIRECTORY).unwrap();
  for (from, path) in [(ROOT, "d/e"), (d, "e"), (ROOT, "d/e/"), (d, "./e/f/..//../e")] {
    for to in ["e", "e/", "./e"] {
      assert_eq!(scene.guest.rename(from, path, ROOT, to), refused(Errno::Perm), "{path} {to}");
    }
  }
  assert_eq!(scene.guest.rename(ROOT, "d/e/f", ROOT, "f"), refused(Errno::Perm));
  scene.guest.rename(ROOT, "d/e", ROOT, "d/renamed").unwrap();
  scene.guest.on_path("path_create_directory", ROOT, "d/deeper").unwrap();
  scene.guest.rename(ROOT, "d/renamed", ROOT, "d/deeper/e").unwrap();
  // Without them it is free.
  scene.guest.rename(ROOT, "d/deeper/e", ROOT, "d/e").unwrap();
  scene.guest.on_path("path_unlink_file", ROOT, "d/e/s").unwrap();
  scene.guest.on_path("path_unlink_file", ROOT, "d/e/f/s").unwrap();
  scene.guest.symlink("../d", ROOT, "d/s").unwrap();
  scene.guest.rename(ROOT, "d/e", ROOT, "e").unwrap();
  scene.assert_nothing_leads_out();
}

#[test]
fn a_name_that_becomes_a_link_leads_nobody_out() {
  let mut scene = Scene::new();
  // The target goes down to what is a directory first and a link to the folder then.
  scene.guest.symlink("../f/x", ROOT, "d/s").unwrap();
  scene.guest.symlink("..", ROOT, "d/f").unwrap();
  scene.guest.symlink("d/f", ROOT, "x").unwrap();
  scene.guest.symlink("x/x/x", ROOT, "y").unwrap();
  scene.guest.rename(ROOT, "d/e", ROOT, "f").unwrap();
  scene.assert_nothing_leads_out();
}

#[cfg(unix)]
#[test]
fn what_the_host_has_put_there_is_left_there() {
  use std::os::unix::fs::symlink;

  let mut scene = Scene::new();
  symlink("/etc/passwd", scene.inside().join("absolute")).unwrap();
  symlink("../secret", scene.inside().join("up")).unwrap();
  symlink("d/../../secret", scene.inside().join("down")).unwrap();
  symlink(scene.outside.path(), scene.inside().join("d/e/absolute")).unwrap();
  fs::create_dir(scene.inside().join("b")).unwrap();
  for path in ["absolute", "up", "down", "d", "d/e"] {
    for to in ["new", "b/new"].into_iter().filter(|to| path != "up" || *to == "new") {
      assert_eq!(scene.guest.rename(ROOT, path, ROOT, to), refused(Errno::Perm), "{path} {to}");
    }
  }
  for path in ["absolute", "up", "down"] {
    assert_eq!(scene.guest.link(ROOT, path, ROOT, "new"), refused(Errno::Perm), "{path}");
    scene.guest.on_path("path_unlink_file", ROOT, path).unwrap();
  }
}

#[test]
fn between_two_folders_both_are_looked_at() {
  let mut scene = Scene::new();
  let second = tempfile::tempdir().unwrap();
  fs::create_dir_all(second.path().join("1/2/3")).unwrap();
  scene.guest = Guest::in_directories(&[(&scene.inside(), true), (second.path(), true)]);
  let other = ROOT + 1;
  scene.guest.symlink("../../../x", other, "1/2/3/s").unwrap();
  assert_eq!(scene.guest.rename(other, "1/2/3/s", ROOT, "d/e/s"), refused(Errno::Perm));
  assert_eq!(scene.guest.link(other, "1/2/3/s", ROOT, "d/e/s"), refused(Errno::Perm));
  assert_eq!(scene.guest.rename(other, "1/2/3", ROOT, "d/3"), refused(Errno::Perm));
  assert_eq!(scene.guest.rename(other, "1/2", ROOT, "2"), refused(Errno::Perm));
  scene.guest.rename(other, "1/2/3", ROOT, "d/e/3").unwrap();
  scene.assert_nothing_leads_out();
}

#[test]
fn looking_through_a_directory_ends_with_the_deadline() {
  let scene = Scene::new();
  let preopens = vec![Preopen { guest: "/".to_string(), host: scene.inside(), write: true, guard: None }];
  let deadline = Deadline::new(|| Some(std::time::Duration::ZERO));
  let mut guest = Guest::new(WasiOptions { preopens, deadline, ..WasiOptions::default() });
  let ([path, length], [new, new_length]) = (guest.path(PATH, "d"), guest.path(SECOND_PATH, "new"));
  let renamed = guest.try_call("path_rename", &[ROOT.into(), path, length, ROOT.into(), new, new_length]);
  assert_eq!(renamed, Err(Exit::Deadline));
  assert!(scene.inside().join("d").exists());
}

/// Guests on threads of their own, which move a directory up while links are made in it.
#[test]
fn guests_do_not_get_between_looking_and_doing() {
  let scene = Scene::new();
  let inside = scene.inside();
  std::thread::scope(|scope| {
    scope.spawn(|| {
      let mut guest = Guest::in_directories(&[(&inside, true)]);
      for _ in 0..4000 {
        let _ = guest.symlink("../../secret", ROOT, "d/e/s");
        let _ = guest.on_path("path_unlink_file", ROOT, "d/e/s");
      }
    });
    scope.spawn(|| {
      let mut guest = Guest::in_directories(&[(&inside, true)]);
      for _ in 0..4000 {
        if guest.rename(ROOT, "d/e", ROOT, "e").is_ok() {
          assert!(!inside.join("e/s").is_symlink());
          guest.rename(ROOT, "e", ROOT, "d/e").unwrap();
        }
      }
    });
  });
  scene.assert_nothing_leads_out();
}
