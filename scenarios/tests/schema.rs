//! The schema: it has every key with its meaning and default, and takes every good scenario.

use crate::common::{read_in, scenarios};
use penult_scenarios::{schema, template};
use serde_json::Value;

/// Calls `see` with each table of the schema: its name and its content.
fn tables(schema: &Value, see: &mut impl FnMut(&str, &Value)) {
    see("the scenario", schema);
    for (name, table) in schema["$defs"].as_object().unwrap() {
        see(name, table);
        for (number, inner) in table["anyOf"].as_array().into_iter().flatten().enumerate() {
            see(&format!("{name}, form {number}"), inner);
        }
    }
}

#[test]
fn every_key_has_a_meaning_and_is_required_or_has_a_default() {
    let mut seen = 0;
    tables(&schema(), &mut |table, content| {
        let Some(properties) = content["properties"].as_object() else { return };
        let required: Vec<&str> = content["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (key, schema) in properties {
            seen += 1;
            // The laws of a distribution say it around their one key.
            let meaning = schema["description"].as_str().or(content["description"].as_str());
            let pair = required.len() == properties.len();
            assert!(
                pair || meaning.is_some_and(|it| it.len() > 10),
                "`{key}` of {table} means nothing"
            );
            let absent = meaning.is_some_and(|it| it.contains("Absent:"));
            let default = schema.get("default").is_some();
            assert!(
                absent || default || required.contains(&key.as_str()),
                "`{key}` of {table} has no default, is not required, and does not say what its absence means"
            );
        }
    });
    assert!(seen > 150, "only {seen} keys");
}

#[test]
fn it_says_what_may_vary() {
    let schema = schema();
    tables(&schema, &mut |table, content| {
        for (key, schema) in content["properties"].as_object().into_iter().flatten() {
            let varies = schema["$ref"].as_str().is_some_and(|it| it.contains("Varying"));
            let says = schema["description"].as_str().unwrap_or_default().contains("May vary");
            // [regions] has latencies that vary inside its own table.
            let inside = table == "Regions";
            assert!(varies == says || inside, "`{key}` of {table}: varies {varies}, says {says}");
        }
    });
}

#[test]
fn it_takes_every_good_scenario() {
    let schema = schema();
    let mut texts = scenarios("good");
    texts.push(("template.toml".into(), template().into()));
    for (name, text) in texts {
        let written = read_in("good", &text).unwrap().scenario.to_toml();
        for text in [text, written] {
            let value: toml::Value = toml::from_str(&text).unwrap();
            if let Err(why) = takes(&schema, &schema, &value) {
                panic!("{name}: {why}");
            }
        }
    }
}

#[test]
fn it_refuses_unknown_keys_and_wrong_kinds() {
    let schema = schema();
    let good = &scenarios("good").into_iter().find(|(name, _)| name == "list.toml").unwrap().1;
    for (right, wrong) in [
        ("duration = \"10s\"", "duration = 10"),
        ("duration = \"10s\"", "durration = \"10s\""),
        ("kind = \"list\"", "kind = \"lists\""),
        ("at   = \"2s\"", ""),
    ] {
        let value: toml::Value = toml::from_str(&good.replace(right, wrong)).unwrap();
        assert!(takes(&schema, &schema, &value).is_err(), "{wrong}");
    }
}

/// Whether a schema takes a value. It knows the words that ours uses, and no patterns.
fn takes(root: &Value, schema: &Value, value: &toml::Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        takes(root, &root["$defs"][name.trim_start_matches("#/$defs/")], value)?;
    }
    for forms in [&schema["anyOf"], &schema["oneOf"]] {
        if let Some(forms) = forms.as_array() {
            let tried: Vec<_> = forms.iter().map(|form| takes(root, form, value)).collect();
            if !tried.iter().any(Result::is_ok) {
                return Err(format!("{value} fits no form: {tried:?}"));
            }
        }
    }
    if let Some(kind) = schema["type"].as_str() {
        let fits = match kind {
            "object" => value.is_table(),
            "array" => value.is_array(),
            "string" => value.is_str(),
            "integer" => value.is_integer(),
            "number" => value.is_integer() || value.is_float(),
            _ => value.is_bool(),
        };
        if !fits {
            return Err(format!("{value} is no {kind}"));
        }
    }
    let words =
        schema["enum"].as_array().cloned().or(schema.get("const").map(|it| vec![it.clone()]));
    if words.is_some_and(|words| !words.iter().any(|word| word.as_str() == value.as_str())) {
        return Err(format!("{value} is not one of the words"));
    }
    for item in value.as_array().into_iter().flatten() {
        takes(root, &schema["items"], item)?;
    }
    if let (Some(table), Some(_)) = (value.as_table(), schema["type"].as_str()) {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(key) {
                return Err(format!("{value} has no `{key}`"));
            }
        }
        for (key, inner) in table {
            let more = &schema["additionalProperties"];
            match schema["properties"].get(key) {
                Some(schema) => takes(root, schema, inner)?,
                None if more.as_bool() == Some(false) => {
                    return Err(format!("unknown key `{key}`"));
                }
                None => takes(root, more, inner)?,
            }
        }
    }
    Ok(())
}
