//! A document's text, in one pass, before any parser sees it. Strings and comments are skipped.

use jiebang_platform::base::Result;
use jiebang_platform::base::error::Limit;

use super::{MOST_BYTES, MOST_NESTED, MOST_TOKENS, at_most};

/// Refuses a text that is too long, has too many tokens, or nests its brackets too deep.
pub(super) fn check(document: &str) -> Result<()> {
    at_most(Limit::Text, MOST_BYTES, document.len())?;
    let mut nested = 0usize;
    for (count, first) in (1..).zip(Tokens::of(document)) {
        at_most(Limit::Tokens, MOST_TOKENS, count)?;
        match first {
            b'{' | b'[' | b'(' => {
                nested += 1;
                at_most(Limit::Nesting, MOST_NESTED, nested)?;
            }
            b'}' | b']' | b')' => nested = nested.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The first byte of each token.
pub(super) struct Tokens<'d>(&'d [u8]);

impl<'d> Tokens<'d> {
    pub(super) fn of(document: &'d str) -> Self {
        Self(document.as_bytes())
    }
}

impl Iterator for Tokens<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        while let Some((first, after)) = self.0.split_first() {
            self.0 = match first {
                // Ignored, a byte order mark's bytes among them.
                b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => after,
                b'#' => skip_line(after),
                _ => {
                    self.0 = skip_token(self.0);
                    return Some(*first);
                }
            };
        }
        None
    }
}

/// The rest behind a token.
fn skip_token(rest: &[u8]) -> &[u8] {
    match rest {
        [b'"', b'"', b'"', after @ ..] => skip_block(after),
        [b'"', after @ ..] => skip_string(after),
        [b'.', b'.', b'.', after @ ..] => after,
        [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => {
            skip_while(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
        }
        [b'-' | b'0'..=b'9', after @ ..] => skip_number(after),
        [_, after @ ..] => after,
        [] => rest,
    }
}

fn skip_number(rest: &[u8]) -> &[u8] {
    let digits = |rest| skip_while(rest, |byte: u8| byte.is_ascii_digit());
    let mut rest = digits(rest);
    if let [b'.', after @ ..] = rest
        && after.first().is_some_and(u8::is_ascii_digit)
    {
        rest = digits(after);
    }
    match rest {
        [b'e' | b'E', b'+' | b'-', after @ ..] | [b'e' | b'E', after @ ..] => digits(after),
        _ => rest,
    }
}

/// A string ends at its quote, and at a line's end if that comes first.
fn skip_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'"', after @ ..] => return after,
            [b'\n' | b'\r', ..] | [] => return rest,
            [b'\\', next, after @ ..] if !matches!(next, b'\n' | b'\r') => after,
            [_, after @ ..] => after,
        }
    }
}

/// A block string ends at three quotes that are not escaped.
fn skip_block(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'\\', b'"', b'"', b'"', after @ ..] => after,
            [b'"', b'"', b'"', after @ ..] => return after,
            [_, after @ ..] => after,
            [] => return rest,
        }
    }
}

fn skip_line(rest: &[u8]) -> &[u8] {
    skip_while(rest, |byte| !matches!(byte, b'\n' | b'\r'))
}

fn skip_while(rest: &[u8], skipped: impl Fn(u8) -> bool) -> &[u8] {
    let end = rest.iter().position(|byte| !skipped(*byte)).unwrap_or(rest.len());
    rest.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiebang_platform::base::Error;

    use super::*;

    fn limit(document: &str) -> Option<Limit> {
        match check(document) {
            Ok(()) => None,
            Err(Error::TooComplex(limit, _)) => Some(limit),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn nesting_is_bounded_outside_strings() {
        let nested = |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(limit(&nested(MOST_NESTED - 2)), None);
        assert_eq!(limit(&nested(MOST_NESTED - 1)), Some(Limit::Nesting));
        let many = "[".repeat(900);
        assert_eq!(limit(&format!("{{ a(b: {many}")), Some(Limit::Nesting));
        assert_eq!(limit(&format!("{{ a(b: \"{many}\\\"{many}\") }}")), None);
        assert_eq!(limit(&format!("{{ a(b: \"\"\"{many}\\\"\"\"{many}\"{many}\"\"\") }}")), None);
        assert_eq!(limit(&format!("{{ a # {many}\n }}")), None);
        assert_eq!(limit(&format!("{{ a # x\n {many} }}")), Some(Limit::Nesting));
        assert_eq!(limit(&format!("{{ a(b: \"\\\\\" c: {many}")), Some(Limit::Nesting));
        assert_eq!(limit(&format!("{{ a(b: \"\" c: {many}")), Some(Limit::Nesting));
        assert_eq!(limit(&format!("{{ a(b: \"\\\n {many}")), Some(Limit::Nesting));
    }

    #[test]
    fn length_and_tokens_are_bounded() {
        assert_eq!(limit(&" ".repeat(MOST_BYTES)), None);
        assert_eq!(limit(&" ".repeat(MOST_BYTES + 1)), Some(Limit::Text));
        for token in ["name ", "! ", "... ", "-1.5e+3 ", "\"a b\" ", "\"\"\"a \" b\"\"\" ", "| "] {
            assert_eq!(limit(&token.repeat(MOST_TOKENS)), None, "{token}");
            assert_eq!(limit(&token.repeat(MOST_TOKENS + 1)), Some(Limit::Tokens), "{token}");
        }
        assert_eq!(limit(&"# a comment of many words\n , ".repeat(500)), None);
    }
}
