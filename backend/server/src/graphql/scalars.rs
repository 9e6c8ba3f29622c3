//! The contract's scalars. Whatever text or number comes in is kept as it is: the verb that needs it validates, so that every
//! faulty field is named at once. What goes out has exactly one form.

use async_graphql::{InputType, InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat};
use jiebang_platform::base::{self, Instant};

/// The text of a string or a number.
fn raw<T: ScalarType + InputType>(value: Value, make: fn(String) -> T) -> InputValueResult<T> {
    match value {
        Value::String(text) => Ok(make(text)),
        Value::Number(number) => Ok(make(number.to_string())),
        other => Err(InputValueError::expected_type(other)),
    }
}

/// An instant: RFC 3339, UTC, milliseconds, `Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime(pub String);

#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        raw(value, Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl From<Instant> for DateTime {
    fn from(at: Instant) -> Self {
        Self(at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A day in China: `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date(pub String);

#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        raw(value, Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self(day.to_string())
    }
}

/// Integer 分 (1/100 yuan) as a JSON number, 0 … 2^53-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fen(pub String);

#[Scalar]
impl ScalarType for Fen {
    fn parse(value: Value) -> InputValueResult<Self> {
        raw(value, Self)
    }

    fn to_value(&self) -> Value {
        match self.0.parse::<i64>() {
            Ok(fen) => Value::Number(Number::from(fen)),
            Err(_) => Value::String(self.0.clone()),
        }
    }
}

impl From<base::Fen> for Fen {
    fn from(fen: base::Fen) -> Self {
        Self(fen.0.to_string())
    }
}

/// A decimal as a string, exact: `"87.67"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(pub String);

#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        raw(value, Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl From<base::Decimal> for Decimal {
    fn from(decimal: base::Decimal) -> Self {
        Self(decimal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use serde_json::json;

    fn out(scalar: &impl ScalarType) -> Value {
        scalar.to_value()
    }

    fn read<T: ScalarType>(json: serde_json::Value) -> InputValueResult<T> {
        T::parse(Value::from_json(json).unwrap())
    }

    #[test]
    fn one_form_goes_out() {
        let at: Instant = "2026-03-02T09:00:00.5+08:00".parse().unwrap();
        assert_eq!(out(&DateTime::from(at)), Value::from("2026-03-02T01:00:00.500Z"));
        let at: Instant = "2026-03-02T09:00:00+08:00".parse().unwrap();
        assert_eq!(out(&DateTime::from(at)), Value::from("2026-03-02T01:00:00.000Z"));
        assert_eq!(out(&Fen::from(base::Fen::MAX)).into_json().unwrap(), json!(9_007_199_254_740_991_u64));
        assert_eq!(out(&Date::from(NaiveDate::from_ymd_opt(2026, 3, 2).unwrap())), Value::from("2026-03-02"));
    }

    #[test]
    fn any_text_or_number_comes_in() {
        assert_eq!(read::<Fen>(json!(-1)).unwrap().0, "-1");
        assert_eq!(read::<Fen>(json!(1.5)).unwrap().0, "1.5");
        assert_eq!(read::<Decimal>(json!("x")).unwrap().0, "x");
        assert!(read::<Date>(json!(true)).is_err());
        assert!(read::<DateTime>(json!([])).is_err());
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        prop_oneof![
            any::<String>().prop_map(|text| json!(text)),
            any::<i64>().prop_map(|number| json!(number)),
            any::<u64>().prop_map(|number| json!(number)),
            any::<f64>().prop_map(|number| json!(number)),
            any::<bool>().prop_map(|truth| json!(truth)),
            Just(json!(null)),
            Just(json!([1])),
            Just(json!({ "a": 1 })),
        ]
    }

    fn comes_back<T: ScalarType + InputType + PartialEq + std::fmt::Debug>(json: &serde_json::Value) -> bool {
        match read::<T>(json.clone()) {
            Ok(scalar) => <T as ScalarType>::parse(out(&scalar)).is_ok_and(|again| out(&again) == out(&scalar)),
            Err(_) => !json.is_string() && !json.is_number(),
        }
    }

    proptest! {
        #[test]
        fn any_text_or_number_comes_back(json in values()) {
            prop_assert!(comes_back::<DateTime>(&json));
            prop_assert!(comes_back::<Date>(&json));
            prop_assert!(comes_back::<Fen>(&json));
            prop_assert!(comes_back::<Decimal>(&json));
        }
    }
}
