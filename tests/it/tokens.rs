//! Access tokens: a table of forged ones, and the change of the key that signs them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePublicKey, spki::der::pem::LineEnding};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use jiebang_platform::keys::KeyTexts;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use support::TestApp;

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// What a genuine token consists of, to be changed and put together again.
#[derive(Clone)]
struct Parts {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Parts {
    fn of(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
        Self { header: next(), claims: next() }
    }

    fn header(&self, key: &str, value: Value) -> Self {
        let mut changed = self.clone();
        changed.header.insert(key.into(), value);
        changed
    }

    fn claim(&self, key: &str, value: Value) -> Self {
        let mut changed = self.clone();
        changed.claims.insert(key.into(), value);
        changed
    }

    fn without(&self, key: &str) -> Self {
        let mut changed = self.clone();
        changed.header.remove(key);
        changed.claims.remove(key);
        changed
    }

    fn message(&self) -> String {
        format!("{}.{}", encode(json!(self.header).to_string()), encode(json!(self.claims).to_string()))
    }

    fn signed(&self, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let message = self.message();
        format!("{message}.{}", encode(sign(message.as_bytes())))
    }
}

/// Every forgery with its name. `sign` is the server's own key: a stranger has it not, but whoever minted a token for another
/// purpose with it must not be let in either.
fn forgeries(
    token: &str,
    refresh: &str,
    other: &str,
    public: &[u8],
    sign: &dyn Fn(&[u8]) -> Vec<u8>,
) -> Vec<(String, String)> {
    let parts = Parts::of(token);
    let pieces: Vec<&str> = token.split('.').collect();
    let (head, body, signature) = (pieces[0], pieces[1], pieces[2]);
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let strange = |message: &[u8]| stranger.sign(message).to_bytes().to_vec();
    let x = encode(stranger.verifying_key().as_bytes());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: String, forged: String| all.push((name, forged));

    // No signature, under every spelling of "none"; other algorithms by name alone.
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "Ed448",
        "eddsa",
    ] {
        let named = parts.header("alg", json!(alg));
        add(format!("alg {alg:?} without a signature"), format!("{}.", named.message()));
        add(format!("alg {alg:?} with the old signature"), format!("{}.{signature}", named.message()));
        add(format!("alg {alg:?} signed by the server"), named.signed(sign));
    }
    // The public key, which everybody has, as the secret of an HMAC; and secrets that are guessed.
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(public));
    let published = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(public) }).to_string();
    for (name, secret) in [
        ("the raw public key", public.to_vec()),
        ("the public key in base64", encode(public).into_bytes()),
        ("the public key in PEM", pem.into_bytes()),
        ("the published JWK", published.into_bytes()),
        ("nothing", Vec::new()),
        ("secret", b"secret".to_vec()),
        ("jiebang", b"jiebang".to_vec()),
    ] {
        let hmac = |message: &[u8]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        };
        add(format!("HS256 under {name}"), parts.header("alg", json!("HS256")).signed(hmac));
        add(format!("EdDSA by name, HMAC under {name}"), parts.signed(hmac));
    }
    // Another's key, pointed at from the header.
    let pointed = [
        ("jwk", jwk.clone()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("kid", json!(x)),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' or '1'='1")),
        ("kid", json!("")),
        ("crit", json!(["exp"])),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
    ];
    for (key, value) in pointed {
        let changed = parts.header(key, value.clone());
        add(format!("{key} {value}, signed by a stranger"), changed.signed(strange));
        add(format!("{key} {value}, signed by the server"), changed.signed(sign));
    }
    add("a stranger's signature".into(), parts.signed(strange));
    add("no kid".into(), parts.without("kid").signed(sign));
    // Another purpose, another audience, another issuer.
    for typ in ["JWT", "jwt", "bid-receipt+jws", "refresh", "application/at+jwt", ""] {
        add(format!("typ {typ:?}"), parts.header("typ", json!(typ)).signed(sign));
    }
    add("no typ".into(), parts.without("typ").signed(sign));
    for (claim, value) in [
        ("aud", json!("another")),
        ("aud", json!(["another"])),
        ("aud", json!(null)),
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://jiebang.test-rehearsal")),
        ("sub", json!("admin")),
        ("sub", json!("")),
        ("sub", json!(other)),
        ("sid", json!("ses_01h455vb4pex5vsknk084sn02q")),
        ("sid", json!(null)),
        ("jti", json!(7)),
        ("role", json!("SYSTEM_ADMIN")),
    ] {
        add(format!("{claim} {value}"), parts.claim(claim, value).signed(sign));
    }
    for claim in ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "sid"] {
        add(format!("no {claim}"), parts.without(claim).signed(sign));
    }
    // Times that are none, or another's (CVE-2026-25537: a wrong kind of number counted as absent).
    let exp = parts.claims["exp"].as_i64().unwrap();
    for (claim, value) in [
        ("exp", json!(exp.to_string())),
        ("exp", json!(exp + 1)),
        ("exp", json!(exp - 300)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!(exp as f64 + 0.5)),
        ("exp", json!(1e300)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(null)),
        ("exp", json!([exp])),
        ("exp", json!({})),
        ("exp", json!(true)),
        ("nbf", json!(exp)),
        ("nbf", json!((exp - 300).to_string())),
        ("nbf", json!([])),
        ("iat", json!(exp)),
        ("iat", json!(exp - 301)),
        ("iat", json!("now")),
    ] {
        add(format!("{claim} {value}"), parts.claim(claim, value).signed(sign));
    }
    // Bits flipped, in every third of it.
    for (place, piece) in pieces.iter().enumerate() {
        let bytes = URL_SAFE_NO_PAD.decode(piece).unwrap();
        for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            let mut changed: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
            changed[place] = encode(flipped);
            add(format!("bit {at} of part {place}"), changed.join("."));
        }
    }
    add("a signature of zeros".into(), format!("{head}.{body}.{}", encode([0; 64])));
    add("a short signature".into(), format!("{head}.{body}.{}", &signature[..signature.len() - 2]));
    add("a long signature".into(), format!("{token}AA"));
    // Odd shapes, and tokens for something else.
    for (name, odd) in [
        ("nothing", String::new()),
        ("dots", "..".into()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{token}.{signature}")),
        ("five parts", format!("{head}.{body}.{signature}.{body}.{signature}")),
        ("padding", format!("{token}==")),
        ("the standard alphabet", format!("{head}.{body}.+/{}", &signature[2..])),
        ("a doubled header", format!("{head}{head}.{body}.{signature}")),
        ("another's body", format!("{head}.{}.{signature}", encode("{}"))),
        ("an array of claims", format!("{head}.{}.{signature}", encode("[]"))),
        ("a JSON serialisation", json!({ "payload": body, "protected": head, "signature": signature }).to_string()),
        ("something long", "a".repeat(100_000)),
        ("the refresh token", refresh.to_owned()),
    ] {
        add(name.into(), odd);
    }
    all
}

async fn is_let_in(app: &TestApp, token: &str) -> bool {
    let (_, answer) = app.bearer(token).sends("{ viewer { user { id } } }", json!({})).await;
    answer["data"]["viewer"]["user"]["id"].is_string()
}

async fn entered(app: &TestApp, username: &str) -> Value {
    app.anybody().does("signIn", json!({ "username": username, "password": "Rehearsal-2026" })).await
}

#[tokio::test]
async fn no_forged_token_is_accepted() {
    let app = TestApp::new().await;
    let session = entered(&app, "aurora").await;
    let other = entered(&app, "organizer").await["viewer"]["user"]["id"].as_str().unwrap().to_owned();
    let token = session["accessToken"].as_str().unwrap();
    let key = &app.keys().token;
    let sign = |message: &[u8]| key.sign(message);
    // What the table is built with makes a good token when nothing is changed.
    assert!(is_let_in(&app, &Parts::of(token).signed(sign)).await);
    let refresh = session["refreshToken"].as_str().unwrap();
    let forged = forgeries(token, refresh, &other, key.verifying_key().as_bytes(), &sign);
    assert!(forged.len() >= 95, "{}", forged.len());
    let mut accepted = Vec::new();
    for (name, forged) in &forged {
        if is_let_in(&app, forged).await {
            accepted.push(name);
        }
    }
    assert!(accepted.is_empty(), "{accepted:?}");
    assert!(is_let_in(&app, token).await);
}

async fn published(app: &TestApp) -> Vec<String> {
    let answer = app.door().get("/.well-known/jwks.json").send().await;
    let set: Value = serde_json::from_str(&answer.0.into_body().into_string().await.unwrap()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_key_changes_without_a_wrong_refusal() {
    let (old, new) = (KeyTexts::generate().unwrap(), KeyTexts::generate().unwrap());
    let public = SigningKey::from_pkcs8_pem(&new.token).unwrap().verifying_key();
    let before = KeyTexts { token_beside: Some(public.to_public_key_pem(LineEnding::LF).unwrap()), ..old.clone() };
    let after = KeyTexts { token: new.token.clone(), token_beside: Some(old.token.clone()), ..old.clone() };
    let later = KeyTexts { token_beside: None, ..after.clone() };

    let app = TestApp::new().await.started_again(&old);
    let first = entered(&app, "aurora").await["accessToken"].as_str().unwrap().to_owned();
    let one = published(&app).await;
    assert_eq!(one.len(), 1);
    // The next key is made known before anything is signed with it.
    let app = app.started_again(&before);
    let both = published(&app).await;
    assert_eq!((both.len(), &both[0]), (2, &one[0]));
    assert!(is_let_in(&app, &first).await);
    // It signs; what the old one signed still holds.
    let app = app.started_again(&after);
    assert_eq!(published(&app).await, [both[1].clone(), both[0].clone()]);
    let second = entered(&app, "aurora").await["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(Parts::of(&second).header["kid"], both[1]);
    for _ in 0..200 {
        assert!(is_let_in(&app, &first).await && is_let_in(&app, &second).await);
    }
    // One that still signs with the old key takes the new one's tokens as well.
    let app = app.started_again(&before);
    assert!(is_let_in(&app, &second).await);
    // Taken away, it is refused at once.
    let app = app.started_again(&later);
    assert_eq!(published(&app).await, [both[1].clone()]);
    assert!(!is_let_in(&app, &first).await && is_let_in(&app, &second).await);
    // A name alone is no key: the old signature under the new key's name.
    let mut parts = Parts::of(&first);
    parts.header.insert("kid".into(), json!(both[1]));
    let pem = SigningKey::from_pkcs8_pem(&old.token).unwrap();
    assert!(!is_let_in(&app, &parts.signed(|message| pem.sign(message).to_bytes().to_vec())).await);
}
