//! The program `jiebang` itself, for those who start it as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that was built with this one: beside it, or one folder up of a test. Built where it is not there.
pub fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().filter(|folder| !folder.ends_with("deps")).or(here.parent().and_then(Path::parent));
    let program = folder.unwrap().join("jiebang");
    if !program.exists() {
        let built = Command::new("cargo")
            .args(["build", "--locked", "--quiet", "--package", "jiebang-server"])
            .status()
            .unwrap();
        assert!(built.success());
    }
    program
}
