//! A document's text, in one pass, before any parser sees it. Strings and comments are skipped.

use async_graphql::ServerError;
use jiebang_platform::base::error::Limit;

use super::super::error::fault;
use super::{MOST_BYTES, MOST_NESTED, MOST_TOKENS, at_most};

/// Refuses a text that is too long, has too many tokens, nests its brackets too deep, or leaves a block string open: the parser
/// would take its beginning for an empty string, and read what is skipped here.
pub(super) fn check(document: &str) -> Result<(), ServerError> {
    at_most(Limit::Text, MOST_BYTES, document.len()).map_err(fault)?;
    let mut nested = 0usize;
    for (count, first) in (1..).zip(Tokens::of(document)) {
        let first = first.map_err(|Unended| ServerError::new("Unterminated string", None))?;
        at_most(Limit::Tokens, MOST_TOKENS, count).map_err(fault)?;
        match first {
            b'{' | b'[' | b'(' => {
                nested += 1;
                at_most(Limit::Nesting, MOST_NESTED, nested).map_err(fault)?;
            }
            b'}' | b']' | b')' => nested = nested.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The first byte of each token.
pub(super) struct Tokens<'d>(&'d [u8]);

/// A block string that does not end.
#[derive(Debug)]
pub(super) struct Unended;

impl<'d> Tokens<'d> {
    pub(super) fn of(document: &'d str) -> Self {
        Self(document.as_bytes())
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<u8, Unended>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((first, after)) = self.0.split_first() {
            self.0 = match first {
                // Ignored, a byte order mark's bytes among them.
                b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => after,
                b'#' => skip_line(after),
                _ => {
                    let after = match self.0 {
                        [b'"', b'"', b'"', after @ ..] => skip_block(after),
                        rest => Some(skip_token(rest)),
                    };
                    self.0 = after.unwrap_or_default();
                    return Some(after.map(|_| *first).ok_or(Unended));
                }
            };
        }
        None
    }
}

/// The rest behind a token that is no block string.
fn skip_token(rest: &[u8]) -> &[u8] {
    match rest {
        [b'"', after @ ..] => skip_string(after),
        [b'.', b'.', b'.', after @ ..] => after,
        [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => {
            skip_while(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
        }
        [b'-', after @ ..] => skip_number(after),
        [b'0'..=b'9', ..] => skip_number(rest),
        [_, after @ ..] => after,
        [] => rest,
    }
}

/// A zero is a number of its own, whatever digits follow it.
fn skip_number(rest: &[u8]) -> &[u8] {
    let digits = |rest| skip_while(rest, |byte: u8| byte.is_ascii_digit());
    let mut rest = match rest {
        [b'0', after @ ..] => after,
        _ => digits(rest),
    };
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

/// A block string ends at three quotes that are not escaped, or not at all.
fn skip_block(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest {
            [b'\\', b'"', b'"', b'"', after @ ..] => after,
            [b'"', b'"', b'"', after @ ..] => return Some(after),
            [_, after @ ..] => after,
            [] => return None,
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
        let refused = check(document).err()?;
        match refused.source::<Error>() {
            Some(Error::TooComplex(limit, _)) => Some(*limit),
            _ => panic!("{refused}"),
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
    fn a_block_string_without_an_end_hides_nothing() {
        // The parser reads it as two strings, and then what follows.
        let many = "[".repeat(2_000);
        let refused = check(&format!("{{ a(b: [\"\"\"c\" {many}")).unwrap_err();
        assert!(refused.source.is_none(), "{refused}");
    }

    /// Documents with the number of tokens that graphql-js finds in them, made by `tests/fuzz/tokens.mjs`: those beside it, or, for
    /// `make fuzz`, those of the file that `JIEBANG_TOKENS` names. Where its lexer refuses one, it gives those before the fault.
    #[test]
    fn tokens_are_those_of_graphql_js() {
        #[expect(clippy::disallowed_methods, reason = "the door of this test's one setting")]
        let setting = std::env::var("JIEBANG_TOKENS");
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/tokens.jsonl");
        let lines = std::fs::read_to_string(setting.as_deref().unwrap_or(beside)).unwrap();
        let (mut whole, mut refused) = (0, 0);
        for line in lines.lines() {
            let made: serde_json::Value = serde_json::from_str(line).unwrap();
            let (document, theirs) = (made["document"].as_str().unwrap(), made["tokens"].as_u64().unwrap());
            let tokens: Vec<_> = Tokens::of(document).collect();
            let (count, unended) = (tokens.len() as u64, tokens.iter().any(Result::is_err));
            if made["refused"] == true {
                refused += 1;
                assert!(count >= theirs, "{count} and at least {theirs}: {document:?}");
            } else {
                whole += 1;
                assert!(count == theirs && !unended, "{count} and {theirs}: {document:?}");
            }
        }
        println!("{whole} documents have as many tokens as graphql-js finds, {refused} that it refuses have no fewer");
        assert!(whole > refused && refused > 20);
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
        // The parser reads each of them as a number.
        assert_eq!(limit(&"0".repeat(MOST_TOKENS)), None);
        assert_eq!(limit(&"0".repeat(MOST_TOKENS + 1)), Some(Limit::Tokens));
    }
}
