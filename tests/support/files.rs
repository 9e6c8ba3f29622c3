//! Files, as people send and get them.

use poem::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Person, TestApp};

/// A file that begins as such files do, with bytes that nothing else has.
pub fn file(begins: &[u8], length: usize) -> Vec<u8> {
    let rest = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
    begins.iter().copied().chain(rest).take(length).collect()
}

/// One that begins as a PDF does.
pub fn pdf(length: usize) -> Vec<u8> {
    file(b"%PDF-1.7\nCANARYFILE ", length)
}

/// In hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Puts bytes of a file: the status and the answer.
pub async fn puts(app: &TestApp, who: &Person, id: &str, range: Option<&str>, bytes: &[u8]) -> (StatusCode, Value) {
    let door = app.door();
    let mut request = door.put(format!("/uploads/{id}")).body(bytes.to_vec());
    if let Some(token) = who.token() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(range) = range {
        request = request.header("content-range", range);
    }
    let answer = request.send().await.0;
    let status = answer.status();
    (status, serde_json::from_str(&answer.into_body().into_string().await.unwrap()).unwrap())
}

/// What somebody is handed: the status and the bytes.
pub async fn gets(app: &TestApp, who: &Person, id: &str) -> (StatusCode, Vec<u8>) {
    let door = app.door();
    let mut request = door.get(format!("/attachments/{id}"));
    if let Some(token) = who.token() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = request.send().await.0;
    if answer.status().is_success() {
        let told = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert!(told("content-disposition").starts_with("attachment; "), "{}", told("content-disposition"));
        assert_eq!(told("x-content-type-options"), "nosniff");
        assert_eq!(told("content-security-policy"), "default-src 'none'; sandbox");
    }
    (answer.status(), answer.into_body().into_vec().await.unwrap())
}

/// A whole file of what `beside` names (`{"bidId": …}` or `{"noticeId": …}`): begun, put and finished; its id.
pub async fn uploads(app: &TestApp, who: &Person, beside: Value, name: &str, bytes: &[u8]) -> String {
    let mut input = json!({ "name": name, "size": bytes.len(), "noStateSecret": true });
    for (key, value) in beside.as_object().unwrap() {
        input[key] = value.clone();
    }
    let id = who.does("createUpload", input).await["upload"]["id"].as_str().unwrap().to_owned();
    let (status, told) = puts(app, who, &id, None, bytes).await;
    assert_eq!((status, &told["upload"]["received"]), (StatusCode::OK, &json!(bytes.len())), "{told}");
    who.does("finishUpload", json!({ "uploadId": id })).await;
    id
}
