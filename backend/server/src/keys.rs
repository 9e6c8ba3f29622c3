//! Where the server's secrets come from: the settings, or files that only the server's user can read, made at the first start.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use jiebang_platform::keys::{KeyTexts, Keys};

use crate::config::Config;

/// Reads the secrets; those that are neither in the settings nor in a file are made.
pub fn read(config: &Config) -> Result<Keys> {
    let folder = config.server.data.join("keys");
    let fresh = KeyTexts::generate()?;
    let text = |set: &crate::config::Secret, file: &str, fresh: String| match set.reveal() {
        Some(text) => Ok(text.to_owned()),
        None => kept(&folder, file, &fresh).with_context(|| format!("the key {file} in {}", folder.display())),
    };
    let keys = KeyTexts {
        secret: text(&config.keys.secret, "secret.hex", fresh.secret)?,
        token: text(&config.keys.token, "token.pem", fresh.token)?,
        token_beside: match config.keys.token_beside.reveal() {
            Some(text) => Some(text.to_owned()),
            None => there(&folder, "token.beside.pem")?,
        },
        receipt: text(&config.keys.receipt, "receipt.pem", fresh.receipt)?,
        seal: text(&config.keys.seal, "seal.age", fresh.seal)?,
    };
    Ok(Keys::read(&keys)?)
}

/// A file's text, if the file is there.
fn there(folder: &Path, file: &str) -> Result<Option<String>> {
    match fs::read_to_string(folder.join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault).with_context(|| format!("the key {file} in {}", folder.display())),
    }
}

/// A file's text; a file that is not there is made, unless somebody else makes it first.
fn kept(folder: &Path, file: &str, fresh: &str) -> Result<String> {
    let path = folder.join(file);
    if !path.exists() {
        fs::create_dir_all(folder)?;
        owner_only(folder, 0o700)?;
        // Written whole under another name and linked into place: no half key is ever read, and no key is ever replaced.
        let draft = folder.join(format!(".{file}.{}", std::process::id()));
        let mut new = OpenOptions::new().write(true).create(true).truncate(true).open(&draft)?;
        owner_only(&draft, 0o600)?;
        new.write_all(fresh.as_bytes())?;
        new.sync_all()?;
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft)?;
        if !path.exists() {
            linked?;
        }
    }
    Ok(fs::read_to_string(&path)?)
}

#[cfg(unix)]
fn owner_only(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

#[cfg(not(unix))]
fn owner_only(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_for_the_owner_alone() {
        let folder = tempfile::TempDir::new().unwrap();
        let keys = folder.path().join("keys");
        assert_eq!(kept(&keys, "one", "first").unwrap(), "first");
        assert_eq!(kept(&keys, "one", "second").unwrap(), "first");
        assert_eq!(fs::read_dir(&keys).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(keys.join("one")).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
