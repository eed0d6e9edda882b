//! What reads modules and lists: their resources and where each is served.

mod data;
mod dimensions;
mod line_items;
mod modules;
mod requests;

use http::Method;

use super::super::read::ReadKind;
use super::super::reply::Reply;
use super::super::sheet::FoundView;
use super::super::tenant::{LineItem, Model, Module};
use super::models::Access;
use super::table::Answers;
use super::{Call, Refusal};

/// A resource inside a model that is read only, or makes something to be read.
#[derive(Debug)]
pub(super) enum Reading {
    Modules,
    ModuleViews(String),
    ModuleLineItems(String),
    Views,
    View(String),
    ViewData(String),
    ViewItems(String, String),
    LineItems,
    LineItemDimensions(String),
    LineItemItems(String, String),
    Items(String),
    Preview(String),
    Requests(ReadKind, String),
    Request(ReadKind, String, String),
    Page(ReadKind, String, String, String),
}

impl Reading {
    /// Finds the resource of a path inside a model.
    pub(super) fn find(segments: &[&str]) -> Option<Self> {
        let own = |text: &str| text.to_owned();
        Some(match segments {
            ["modules"] => Self::Modules,
            ["modules", id, "views"] => Self::ModuleViews(own(id)),
            ["modules", id, "lineItems"] => Self::ModuleLineItems(own(id)),
            ["views"] => Self::Views,
            ["views", id] => Self::View(own(id)),
            ["views", id, "data"] => Self::ViewData(own(id)),
            ["views", id, "dimensions", dimension, "items"] => {
                Self::ViewItems(own(id), own(dimension))
            }
            ["lineItems"] => Self::LineItems,
            ["lineItems", id, "dimensions"] => Self::LineItemDimensions(own(id)),
            ["lineItems", id, "dimensions", dimension, "items"] => {
                Self::LineItemItems(own(id), own(dimension))
            }
            ["dimensions", id, "items"] => Self::Items(own(id)),
            ["lists", id, "preview"] => Self::Preview(own(id)),
            [kind @ ("views" | "lists"), id, "readRequests", rest @ ..] => {
                let kind = if *kind == "views" { ReadKind::View } else { ReadKind::List };
                match rest {
                    [] => Self::Requests(kind, own(id)),
                    [request] => Self::Request(kind, own(id), own(request)),
                    [request, "pages", page] => Self::Page(kind, own(id), own(request), own(page)),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// Returns the methods that the resource knows.
    pub(super) fn methods(&self) -> &'static [Method] {
        match self {
            Self::Items(_) => &[Method::GET, Method::POST],
            Self::Requests(..) => &[Method::POST],
            Self::Request(..) => &[Method::GET, Method::DELETE],
            _ => &[Method::GET],
        }
    }

    /// Tells whether a call waits until no task runs on the model. Metadata don't, nor does what was
    /// put aside for a large read.
    pub(super) fn waits(&self) -> bool {
        matches!(
            self,
            Self::ViewData(_)
                | Self::ViewItems(..)
                | Self::LineItemItems(..)
                | Self::Items(_)
                | Self::Preview(_)
                | Self::Requests(..)
        )
    }

    /// Returns the type of its answers.
    pub(super) fn answers(&self) -> Answers {
        match self {
            Self::ViewData(_) => Answers::Chosen,
            Self::Preview(_) | Self::Page(..) => Answers::Csv,
            _ => Answers::Json,
        }
    }

    pub(super) fn serve(
        &self,
        call: &Call<'_>,
        method: &Method,
        access: Access<'_>,
    ) -> Result<Reply, Refusal> {
        match self {
            Self::Modules => modules::list(call, access),
            Self::ModuleViews(id) => modules::views_of(call, access, id),
            Self::ModuleLineItems(id) => line_items::list(call, access, Some(id)),
            Self::Views => modules::views(call, access),
            Self::View(id) => modules::view(call, access, id),
            Self::ViewData(id) => data::data(call, access, id),
            Self::ViewItems(id, dimension) => dimensions::of_view(call, access, id, dimension),
            Self::LineItems => line_items::list(call, access, None),
            Self::LineItemDimensions(id) => line_items::dimensions(call, access, id),
            Self::LineItemItems(id, dimension) => {
                dimensions::of_line_item(call, access, id, dimension)
            }
            Self::Items(id) if method == Method::POST => dimensions::look_up(call, access, id),
            Self::Items(id) => dimensions::of_model(call, access, id),
            Self::Preview(list) => requests::preview(call, access, list),
            Self::Requests(ReadKind::View, id) => requests::start_view(call, access, id),
            Self::Requests(ReadKind::List, id) => requests::start_list(call, access, id),
            Self::Request(kind, id, request) if method == Method::DELETE => {
                requests::delete(call, access, *kind, id, request)
            }
            Self::Request(kind, id, request) => requests::state(call, access, *kind, id, request),
            Self::Page(kind, id, request, page) => {
                requests::page(call, access, *kind, id, request, page)
            }
        }
    }
}

fn find_module<'t>(model: &'t Model, id: &str) -> Result<&'t Module, Refusal> {
    model.modules.iter().find(|module| module.id == id).ok_or_else(Refusal::not_found)
}

fn find_view<'t>(call: &Call<'_>, model: &'t Model, id: &str) -> Result<FoundView<'t>, Refusal> {
    let of_hidden = !call.state.options.nasty.no_hidden_views;
    FoundView::by_id(model, id, of_hidden).ok_or_else(Refusal::not_found)
}

/// Finds a line item and its module.
///
/// # Errors
/// 404 for one that isn't there, 400 for what can't be an id.
fn find_line_item<'t>(model: &'t Model, id: &str) -> Result<(&'t Module, &'t LineItem), Refusal> {
    check_id(id, "lineItemId")?;
    let mut modules = model.modules.iter();
    let found = modules
        .find_map(|module| Some((module, module.line_items.iter().find(|item| item.id == id)?)));
    found.ok_or_else(Refusal::not_found)
}

fn check_id(id: &str, name: &str) -> Result<(), Refusal> {
    match id.parse::<u64>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::bad(&format!("Invalid {name} '{id}'"))),
    }
}

/// Names the kind of an answer, in the form that carries the model's id.
fn schema(model: &Model, kind: &str) -> String {
    format!("models/{}/objects/{kind}", model.id)
}
