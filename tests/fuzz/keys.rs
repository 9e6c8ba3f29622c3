//! Access tokens and receipts: none is good but those that were given out. The input is a text, or a way to change a good one.

use jiebang_platform::accounts::authenticate;
use jiebang_platform::base::Error;
use jiebang_platform::bids::receipt::{self, Flaw};

use crate::door::{HOUSE, wait};

/// From `with` if it begins with `+`: the good text, of which some is cut and replaced. Otherwise the input itself.
fn made(good: &str, with: &str) -> String {
    let Some(change) = with.strip_prefix('+') else { return with.to_owned() };
    let mut parts = change.splitn(3, ' ');
    let mut place = || parts.next().and_then(|number| number.parse::<usize>().ok()).unwrap_or_default().min(good.len());
    let (from, to) = (place(), place());
    let (from, to) = (from.min(to), from.max(to));
    // A good text is ASCII.
    format!("{}{}{}", &good[..from], parts.next().unwrap_or_default(), &good[to..])
}

/// An access token.
pub fn token(with: &str) {
    let text = made(&HOUSE.token, with);
    match wait(authenticate(&HOUSE.app, &text)) {
        Ok(_) => assert_eq!(text, HOUSE.token),
        Err(Error::SignIn(_)) => assert_ne!(text, HOUSE.token),
        Err(other) => panic!("{other}: {text}"),
    }
}

/// A receipt: genuine, but of a bid that the platform does not hold, so that no other flaw is found after the signature.
pub fn receipt(with: &str) {
    let text = made(&HOUSE.receipt, with);
    let verdict = wait(receipt::verify(&HOUSE.app, &text)).unwrap();
    assert!(!verdict.valid);
    assert_eq!(verdict.reason == Some(Flaw::NotHeld), text.trim() == HOUSE.receipt, "{text}");
    assert!(text.ends_with(receipt::signature(&text)));
}
