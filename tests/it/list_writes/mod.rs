//! INSERT, UPDATE and DELETE of items: what the service holds afterwards, what was sent, and what is
//! refused before anything is.

mod insert;
mod read_only;

use anaplan_sql::simulator::{Item, List, Simulator};

/// The calls that write items, and the reading of them.
const ITEMS: &str = "/2/0/models/*/lists/*/items";

/// The items of a list as the service holds them, as text: `name|code|parent|subsets|properties`.
fn state(simulator: &Simulator, list: &str) -> Vec<String> {
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("the model");
    let name_of = |id: &String| {
        let items = model.lists.iter().flat_map(|list| &list.items);
        items.into_iter().find(|item| item.id == *id).map_or("?".to_owned(), |it| it.name.clone())
    };
    let row = |item: &Item| {
        let subsets: String =
            item.subsets.iter().map(|&is_in| if is_in { '+' } else { '-' }).collect();
        // Items that a property holds are told by their codes.
        let code_of = |text: &String| {
            let items = model.lists.iter().flat_map(|list| &list.items);
            let found = items.into_iter().find(|item| item.id == *text);
            found.and_then(|item| item.code.clone()).unwrap_or_else(|| text.clone())
        };
        let properties: Vec<String> = item.properties.iter().map(code_of).collect();
        format!(
            "{}|{}|{}|{subsets}|{}",
            item.name,
            item.code.as_deref().unwrap_or_default(),
            item.parent.as_ref().map(name_of).unwrap_or_default(),
            properties.join(",")
        )
    };
    model.find_list(list).expect("the list").items.iter().map(row).collect()
}

/// A list under another, with a property of each type.
fn products() -> [List; 2] {
    use anaplan_sql::simulator::Format;
    let families = List::new("Families")
        .item(Item::new("Beans").code("F1"))
        .item(Item::new("Grinders").code("F2"));
    let products = List::new("Products")
        .parent("Families")
        .subset("Own")
        .subset("In stock")
        .property("Price", Format::number())
        .property("Since", Format::Date)
        .property("On", Format::Boolean)
        .property("Note", Format::text())
        .property("Family", Format::list("Families"))
        .item(Item::new("Arabica").code("P1").parent("Beans").properties(&["9.5", "", "", "", ""]));
    [families, products]
}
