//! What cryptography alone takes, in memory and on one thread: no submission and no file goes without it.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use age::{Encryptor, Recipient, x25519};
use anyhow::Result;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

use crate::filing::{CHUNK, pdf};

/// About as much as a draft of the bench's is.
const DRAFT: usize = 4_000;
const TIMES: usize = 101;

/// A submission's: the draft's key and the draft are opened, a recovery key is made, the bid is sealed to two, the receipt signed. The median.
pub fn of_a_submission() -> Result<Duration> {
    let [server, key, challenge] = [(); 3].map(|()| x25519::Identity::generate());
    let (content, receipt) = (pdf(DRAFT), SigningKey::from_bytes(&[7; 32]));
    let kept = age::encrypt(&server.to_public(), key.to_public().to_string().as_bytes())?;
    let draft = age::encrypt(&key.to_public(), &content)?;
    let mut all = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        black_box(age::decrypt(&server, &kept)?);
        let draft = age::decrypt(&key, &draft)?;
        let [challenge, recovery] = [challenge.to_public(), x25519::Identity::generate().to_public()];
        let mut sealed = Vec::new();
        let to = [&challenge, &recovery].map(|one| one as &dyn Recipient);
        let mut sealing = Encryptor::with_recipients(to.into_iter())?.wrap_output(&mut sealed)?;
        sealing.write_all(&draft)?;
        sealing.finish()?;
        black_box(receipt.sign(&Sha256::digest(&sealed)));
        all.push(begun.elapsed());
    }
    all.sort();
    Ok(all[TIMES / 2])
}

/// A file's: the digest of what comes, the cipher, the digest of what lies there.
pub fn of_a_file(size: usize) -> Result<Duration> {
    let (chunk, to) = (pdf(CHUNK), x25519::Identity::generate().to_public());
    let begun = Instant::now();
    let (mut came, mut lies) = (Sha256::new(), Hashed(Sha256::new()));
    let mut sealing = Encryptor::with_recipients(std::iter::once(&to as &dyn Recipient))?.wrap_output(&mut lies)?;
    for _ in 0..size / CHUNK {
        came.update(chunk.as_slice());
        sealing.write_all(&chunk)?;
    }
    sealing.finish()?;
    black_box((came.finalize(), lies.0.finalize()));
    Ok(begun.elapsed())
}

/// Takes what is written for its digest alone.
struct Hashed(Sha256);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
