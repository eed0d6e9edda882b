//! `…/modules/{m}/data`: writing cells.

use http::StatusCode;
use serde_json::Value;

use super::super::page::single;
use super::super::reply::Reply;
use super::super::write::{CellWrite, Failure, write_cells};
use super::models::Access;
use super::{Call, Refusal};

/// How many cells one call may write.
const MAX_CELLS: usize = 100_000;

/// How large its body may be.
const MAX_BYTES: usize = 15_000_000;

/// `POST …/modules/{m}/data`
///
/// A request in which something is missing is refused as a whole; a cell that can't be written fails alone.
pub(super) fn write(call: &Call<'_>, access: Access<'_>, module: &str) -> Result<Reply, Refusal> {
    let mut tenant = call.state.tenant_mut();
    let model = access.enter_to_change(call, &tenant)?;
    if !model.modules.iter().any(|candidate| candidate.id == module) {
        return Err(Refusal::not_found());
    }
    let model_id = model.id.clone();
    let writes = writes(call)?;
    let (model, users) = tenant.parts_mut(&model_id).ok_or_else(Refusal::not_found)?;
    let (changed, failures) = write_cells(model, users, module, &writes);
    let mut answer =
        single("objects/writeCellDataResponse", "numberOfCellsChanged", changed.into());
    if let (false, Some(answer)) = (failures.is_empty(), answer.as_object_mut()) {
        let failures = failures.iter().map(Failure::to_json).collect();
        answer.insert("failures".to_owned(), Value::Array(failures));
    }
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn writes(call: &Call<'_>) -> Result<Vec<CellWrite>, Refusal> {
    if call.body.len() > MAX_BYTES {
        let message = format!("A request may hold at most {MAX_BYTES} bytes");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, &message));
    }
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    let cells = body.as_array().ok_or_else(|| Refusal::bad("Malformed JSON request"))?;
    if cells.len() > MAX_CELLS {
        return Err(Refusal::bad(&format!("A request may hold at most {MAX_CELLS} cells")));
    }
    let parse = |(index, cell)| {
        CellWrite::parse(cell).map_err(|text| Refusal::bad(&format!("Cell {index}: {text}")))
    };
    cells.iter().enumerate().map(parse).collect()
}
