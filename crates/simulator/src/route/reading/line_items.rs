//! `…/lineItems`: short, long with every property, and their dimensions.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::super::cube::{Cube, USERS};
use super::super::super::page::whole;
use super::super::super::reply::Reply;
use super::super::super::tenant::{
    Dim, Format, LineItem, Model, Module, NumberFormat, Scale, TIME, TextKind, VERSIONS,
};
use super::super::models::Access;
use super::super::{Call, Refusal};
use super::{find_line_item, find_module, schema};

/// The version of line items that have all versions.
const ALL_VERSIONS: &str = "16000000000";

/// The version of line items without versions. Made up: nobody has shown one.
const NO_VERSION: &str = "16000000001";

/// Ids of data tags start here.
const FIRST_TAG: u64 = 127_000_000_001;

/// What stands where a line item has no time.
const NOT_APPLICABLE: &str = "Not Applicable";

/// `GET …/lineItems` and `GET …/modules/{mod}/lineItems`
pub(super) fn list(
    call: &Call<'_>,
    access: Access<'_>,
    module: Option<&str>,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let modules = match module {
        None => model.modules.iter().collect(),
        Some(id) => vec![find_module(model, id)?],
    };
    let frozen = call.state.frozen(&tenant, model);
    let cube = frozen.cube();
    let long = call.query.is_true("includeAll").then(|| Details::of(&cube));
    let items = modules
        .into_iter()
        .flat_map(|module| module.line_items.iter().map(move |item| (module, item)));
    let entries = items.map(|(module, item)| {
        let mut entry = short(module, item);
        if let Some(details) = &long {
            details.add(module, item, &mut entry);
        }
        Value::Object(entry)
    });
    let answer = whole(&schema(model, "lineItem"), "items", entries.collect());
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// `GET …/lineItems/{li}/dimensions`: time and versions first.
pub(super) fn dimensions(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let (module, item) = find_line_item(model, id)?;
    let frozen = call.state.frozen(&tenant, model);
    let mut dimensions = frozen.cube().dimensions(module, item);
    dimensions.sort_by_key(|dimension| match dimension.id.as_str() {
        TIME => 0,
        VERSIONS => 1,
        _ => 2,
    });
    let entries = dimensions.iter().map(|it| json!({"id": it.id, "name": it.name})).collect();
    let answer = whole(&schema(model, "dimension"), "dimensions", entries);
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn short(module: &Module, item: &LineItem) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("moduleId".to_owned(), module.id.clone().into());
    entry.insert("moduleName".to_owned(), module.name.clone().into());
    entry.insert("id".to_owned(), item.id.clone().into());
    entry.insert("name".to_owned(), item.name.clone().into());
    entry
}

/// What the long form needs to know of the whole model.
struct Details<'c> {
    cube: &'c Cube<'c>,
    /// Ids and names of the line items that refer to one, by its id.
    references: HashMap<&'c str, Vec<(&'c str, &'c str)>>,
    /// The names of the data tags, in the order of their ids.
    tags: Vec<&'c str>,
}

impl<'c> Details<'c> {
    fn of(cube: &'c Cube<'c>) -> Self {
        let mut details = Self { cube, references: HashMap::new(), tags: Vec::new() };
        for module in &cube.model.modules {
            for item in &module.line_items {
                for (_, source) in cube.sources(module, item) {
                    let users = details.references.entry(&source.id).or_default();
                    let user = (item.id.as_str(), item.name.as_str());
                    if !users.contains(&user) {
                        users.push(user);
                    }
                }
                if let Some(tag) = item.data_tag.as_deref().filter(|it| !details.tags.contains(it))
                {
                    details.tags.push(tag);
                }
            }
        }
        details
    }

    fn add(&self, module: &Module, item: &LineItem, entry: &mut Map<String, Value>) {
        let mut put = |key: &str, value: Value| entry.insert(key.to_owned(), value);
        let named = |id: &str, name: &str| json!({"id": id, "name": name});
        let dims = module.dimensions_of(item);
        let scale = dims.iter().find_map(|dim| match dim {
            Dim::Time(scale) => Some(scale.name()),
            _ => None,
        });
        put("isSummary", false.into());
        put("startOfSection", false.into());
        put("broughtForward", false.into());
        put("useSwitchover", item.use_switchover.into());
        put("breakback", item.breakback.into());
        put("cellCount", self.cube.cell_count(module, item).into());
        let version = if dims.contains(&Dim::Versions) {
            named(ALL_VERSIONS, "All")
        } else {
            named(NO_VERSION, NOT_APPLICABLE)
        };
        put("version", version);
        let lists: Vec<Value> = dims
            .iter()
            .filter(|dim| !matches!(dim, Dim::Time(_) | Dim::Versions))
            .filter_map(|dim| self.cube.dimension(dim))
            .map(|dimension| named(&dimension.id, &dimension.name))
            .collect();
        let users = self.references.get(item.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let users: Vec<Value> = users.iter().map(|(id, name)| named(id, name)).collect();
        let tag = item.data_tag.as_deref().and_then(|tag| {
            let place = self.tags.iter().position(|known| *known == tag)?;
            Some(named(&(FIRST_TAG + place as u64).to_string(), tag))
        });
        for (key, entries) in
            [("appliesTo", lists), ("referencedBy", users), ("dataTags", tag.into_iter().collect())]
        {
            if !entries.is_empty() {
                put(key, entries.into());
            }
        }
        for (key, text) in [("formula", &item.formula), ("code", &item.code)] {
            if let Some(text) = text {
                put(key, text.clone().into());
            }
        }
        put("format", item.format.name().into());
        put("formatMetadata", format_metadata(self.cube.model, &item.format));
        put("summary", item.summary.name().into());
        put("timeScale", scale.unwrap_or(NOT_APPLICABLE).into());
        put("timeRange", if scale.is_some() { "Model Calendar" } else { NOT_APPLICABLE }.into());
        put("formulaScope", "All Versions".into());
        put("style", "Normal".into());
        put("notes", item.notes.clone().unwrap_or_default().into());
    }
}

/// Returns the `formatMetadata` of a format.
fn format_metadata(model: &Model, format: &Format) -> Value {
    let mut metadata = match format {
        Format::Number(number) => number_metadata(number),
        Format::Text(kind) => {
            let kind = match kind {
                TextKind::General => "GENERAL",
                TextKind::Email => "EMAIL_ADDRESS",
                TextKind::Link => "DRILLTHRU_URI",
            };
            json!({"textType": kind})
        }
        Format::List(name) => {
            let list = model.find_list(name);
            let id = list.map_or(if name == "Users" { USERS } else { "0" }, |list| &list.id);
            json!({
                // A number, though ids are text everywhere else.
                "hierarchyEntityLongId": id.parse::<u64>().unwrap_or(0),
                "selectiveAccessApplied": list.is_some_and(|list| list.selective_access),
                "showAll": true,
            })
        }
        Format::Time(scale) => {
            let (id, index) = scale.period_type();
            let label = if *scale == Scale::All { Scale::Year.name() } else { scale.name() };
            json!({"periodType": {"entityId": id, "entityLabel": label, "entityIndex": index}})
        }
        Format::Boolean | Format::Date | Format::None => json!({}),
    };
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("dataType".to_owned(), format.data_type().into());
    }
    metadata
}

fn number_metadata(number: &NumberFormat) -> Value {
    let display = match number.units_type.as_str() {
        "CURRENCY" => "CURRENCY_SYMBOL",
        "PERCENTAGE" => "PERCENTAGE_SUFFIX",
        "CUSTOM" => "CUSTOM_SUFFIX",
        _ => "NONE",
    };
    let mut metadata = json!({
        "minimumSignificantDigits": number.minimum_significant_digits,
        "decimalPlaces": number.decimal_places,
        "negativeNumberNotation": "MINUS_SIGN",
        "unitsType": number.units_type,
        "unitsDisplayType": display,
        "zeroFormat": "ZERO",
        "comparisonIncrease": "GOOD",
        "groupingSeparator": "COMMA",
        "decimalSeparator": "FULL_STOP",
    });
    if let (Some(units), Some(metadata)) = (&number.custom_units, metadata.as_object_mut()) {
        metadata.insert("customUnits".to_owned(), units.clone().into());
    }
    metadata
}
