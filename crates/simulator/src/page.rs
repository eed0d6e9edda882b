//! Listings: search, sort and paging, the way each kind of endpoint does them.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::path::Query;
use super::route::{Call, Refusal};
use super::tenant::Role;

/// Answers a collection: sorted entries go in, one page in the envelope comes out.
///
/// # Errors
/// Refuses a limit or an offset that is no number.
pub(crate) fn page(
    call: &Call<'_>,
    schema: &str,
    key: &str,
    mut entries: Vec<Value>,
) -> Result<Value, Refusal> {
    let nasty = &call.state.options.nasty;
    if nasty.empty {
        entries.clear();
    }
    let cap = call.state.limits().page_cap.max(1);
    let limit = number(&call.query, "limit")?;
    let offset = number(&call.query, "offset")?.unwrap_or(0);
    if limit == Some(0) {
        return Err(Refusal::bad("Invalid value for parameter 'limit'"));
    }
    let size = limit.unwrap_or(cap).min(cap);
    let total = entries.len();
    let shown: Vec<Value> = entries.into_iter().skip(offset).take(size).collect();

    let link = |limit: usize, offset: usize| {
        format!("{}{}?limit={limit}&offset={offset}", call.state.url, call.path)
    };
    let mut paging = Map::new();
    paging.insert("currentPageSize".into(), shown.len().into());
    paging.insert("offset".into(), offset.into());
    paging.insert("totalSize".into(), total.into());
    // The service gives `next` where nothing follows: clients must go by totalSize.
    let follows = offset.saturating_add(shown.len()) < total;
    if follows || nasty.spurious_next {
        let next = match limit {
            None if nasty.spurious_next => link(20, 20),
            _ => link(size, offset.saturating_add(size)),
        };
        paging.insert("next".into(), next.into());
    }
    if offset > 0 {
        paging.insert("previous".into(), link(size, offset.saturating_sub(size)).into());
    }

    let mut answer = envelope(schema);
    if let Some(meta) = answer.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("paging".to_owned(), Value::Object(paging));
    }
    // An empty collection has no key at all.
    if let Some(object) = answer.as_object_mut()
        && !shown.is_empty()
    {
        object.insert(key.to_owned(), Value::Array(shown));
    }
    Ok(answer)
}

/// Answers a single object.
pub(crate) fn single(schema: &str, key: &str, value: Value) -> Value {
    let mut answer = envelope(schema);
    if let Some(object) = answer.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
    answer
}

/// Answers a collection that isn't paged. An empty one has no key at all.
pub(crate) fn whole(schema: &str, key: &str, entries: Vec<Value>) -> Value {
    if entries.is_empty() { envelope(schema) } else { single(schema, key, entries.into()) }
}

/// Makes what stands around every answer.
pub(crate) fn envelope(schema: &str) -> Value {
    json!({
        "meta": {"schema": format!("https://api.anaplan.com/2/0/{schema}")},
        "status": {"code": StatusCode::OK.as_u16(), "message": "Success"},
    })
}

fn number(query: &Query, key: &str) -> Result<Option<usize>, Refusal> {
    query
        .get(key)
        .map(|text| {
            text.parse().map_err(|_| Refusal::bad(&format!("Invalid value for parameter '{key}'")))
        })
        .transpose()
}

/// Sorts users, workspaces and models: each column needs its `+` or `-`, and must be known.
///
/// # Errors
/// Refuses anything else with the service's messages.
pub(crate) fn sort_strictly(
    query: &Query,
    known: &[&str],
    entries: &mut [Value],
) -> Result<(), Refusal> {
    let Some(order) = query.get("sort") else { return Ok(()) };
    let mut columns = Vec::new();
    for column in order.split(',') {
        let (name, descending) = match (column.strip_prefix('+'), column.strip_prefix('-')) {
            (Some(name), _) => (name, false),
            (_, Some(name)) => (name, true),
            _ => {
                return Err(Refusal::bad(&format!(
                    "Bad sort order format: '{order}'. Please follow (-){{column_name_1}},(+){{column_name_2}}.. format"
                )));
            }
        };
        if !known.contains(&name) {
            return Err(Refusal::bad("Failed to parse sort parameter"));
        }
        columns.push((name, descending));
    }
    sort(&columns, entries);
    Ok(())
}

/// Sorts everything else: the prefix is optional and unknown columns are ignored.
pub(crate) fn sort_leniently(query: &Query, known: &[&str], entries: &mut [Value]) {
    let columns: Vec<(&str, bool)> = query
        .get("sort")
        .unwrap_or_default()
        .split(',')
        .map(|column| match column.strip_prefix('-') {
            Some(name) => (name, true),
            // A `+` that wasn't escaped arrives as a blank.
            None => (column.trim_start_matches(['+', ' ']), false),
        })
        .filter(|(name, _)| known.contains(name))
        .map(|(name, descending)| {
            (if name == "creationDate" { "creationTime" } else { name }, descending)
        })
        .collect();
    sort(&columns, entries);
}

fn sort(columns: &[(&str, bool)], entries: &mut [Value]) {
    entries.sort_by(|left, right| {
        columns
            .iter()
            .map(|(name, descending)| {
                let order = compare(&left[*name], &right[*name]);
                if *descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
}

fn compare(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => {
            let number = |value: &Value| value.as_f64().unwrap_or(f64::NEG_INFINITY);
            number(left).total_cmp(&number(right))
        }
    }
}

/// Keeps the entries that a search finds in one of their fields; without the role, it finds them all.
pub(crate) fn search(call: &Call<'_>, role: Role, fields: &[&str], entries: &mut Vec<Value>) {
    let Some(text) = call.query.get("s").filter(|text| !text.is_empty() && call.user.has(role))
    else {
        return;
    };
    let pattern: Vec<char> = format!("%{}%", text.to_lowercase()).chars().collect();
    entries.retain(|entry| {
        fields.iter().any(|field| {
            let text: Vec<char> =
                entry[*field].as_str().unwrap_or_default().to_lowercase().chars().collect();
            is_like(&pattern, &text)
        })
    });
}

/// Matches `%` to any text and `_` to one character, in time bounded by the product of both lengths.
fn is_like(pattern: &[char], text: &[char]) -> bool {
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    for part in pattern {
        if *part == '%' {
            let first = reachable.iter().position(|at| *at).unwrap_or(reachable.len());
            reachable.iter_mut().skip(first).for_each(|at| *at = true);
        } else {
            for place in (0..text.len()).rev() {
                reachable[place + 1] = reachable[place] && (*part == '_' || *part == text[place]);
            }
            reachable[0] = false;
        }
    }
    reachable.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_knows_both_wildcards() {
        let like = |pattern: &str, text: &str| {
            is_like(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
        };
        assert!(like("%sales%", "regional sales plan"));
        assert!(like("%s_les%", "sales"));
        assert!(like("%a%b%", "xaxxbx"));
        assert!(!like("%a%b%", "ba"));
        assert!(!like("abc", "ab"));
        assert!(like("%%", ""));
    }
}
