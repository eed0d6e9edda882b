"""The known errors of the documents, one by one."""

from schemas import Erratum, allow, member, node, retype, success

SCHEMAS = "components|schemas|"
MODEL = "/workspaces/{workspaceId}/models/{modelId}"
ANY = {}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
ENVELOPE = {"meta": {"$ref": "#/components/schemas/Meta"}, "status": {"$ref": "#/components/schemas/Status"}}


def all_of(*mends):
    def mend(document):
        for each in mends:
            each(document)

    return mend


def drop(path: str, key: str):
    """Removes a key from a schema."""
    return lambda document: node(document, path).pop(key)


def integration(reason, *mends):
    return Erratum("integration", reason, all_of(*mends))


def scim(reason, *mends):
    return Erratum("scim", reason, all_of(*mends))


ERRATA: list[Erratum] = [
    integration(
        "The pattern of users' addresses has each backslash doubled, so that no address fits it.",
        drop(SCHEMAS + "User|properties|email", "pattern"),
        drop(SCHEMAS + "Admin|properties|email", "pattern"),
        drop(SCHEMAS + "Visitor|properties|email", "pattern"),
    ),
    integration(
        "lastSavedSerialNumber was seen as text and as a number.",
        retype(SCHEMAS + "Model|properties|lastSavedSerialNumber", {"type": ["string", "integer"]}),
    ),
    integration(
        "Exports may have the layout TABULAR_SINGLE_COLUMN, and GRID_ALL_PAGES.",
        member(SCHEMAS + "Export|properties|exportType", "TABULAR_SINGLE_COLUMN", "GRID_ALL_PAGES"),
    ),
    integration(
        "formatMetadata is described for numbers only; lists, periods and text have other fields.",
        allow(
            SCHEMAS + "LineItem|properties|formatMetadata",
            hierarchyEntityLongId=WHOLE,
            selectiveAccessApplied=FLAG,
            showAll=FLAG,
            entityFormatFilter=ANY,
            periodType={"type": "object"},
            textType=TEXT,
        ),
    ),
    integration(
        "A list's metadata spells nextItemIndex in two ways, and the other is missing.",
        allow(SCHEMAS + "ListMetadata", nextItemIndex=WHOLE),
    ),
    integration(
        "A list's metadata tells which modules it is used in.",
        allow(SCHEMAS + "ListMetadata", usedInAppliesTo=TEXT),
    ),
    integration(
        "The keys of totalsSelection are unprefixed; the document prefixes each with is.",
        allow(
            SCHEMAS + "ModelCalendar|properties|totalsSelection",
            quarterTotals=FLAG,
            halfYearTotals=FLAG,
            yearToDateSummary=FLAG,
            yearToGoSummary=FLAG,
            totalOfAllPeriods=FLAG,
        ),
    ),
    integration(
        "A process is described as in the listing, without its actions.",
        allow(SCHEMAS + "Process", actions={"type": "array", "items": {"type": "object"}}),
    ),
    integration(
        "A task says what it is: taskInformation.",
        allow(SCHEMAS + "Task", type=TEXT),
    ),
    integration(
        "A list of an import's tasks has the key tasks, as the other lists of tasks.",
        allow(
            success(MODEL + "/imports/{importId}/tasks", "get"),
            tasks={"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
        ),
    ),
    integration(
        "Tasks of actions are answered in the envelope like those of exports.",
        allow(success(MODEL + "/actions/{actionId}/tasks", "get"), **ENVELOPE),
        allow(success(MODEL + "/actions/{actionId}/tasks", "post"), **ENVELOPE),
    ),
    integration(
        "A started import or process is answered in the envelope, too, under task.",
        allow(
            SCHEMAS + "TaskWithUrl", task={"$ref": "#/components/schemas/TaskWithUrl"}, **ENVELOPE
        ),
    ),
    integration(
        "Written cells are answered in the envelope.",
        allow(SCHEMAS + "WriteCellDataResponse", **ENVELOPE),
    ),
    scim(
        "Schemas are listed as such; the document describes a list of users.",
        retype(
            success("/Schemas", "get", kind="application/scim+json"),
            {"type": "object", "required": ["schemas", "totalResults", "Resources"]},
        ),
    ),
    scim(
        "Resource types come with startIndex and itemsPerPage, as every list of RFC 7644 may.",
        allow(
            success("/ResourceTypes", "get", kind="application/scim+json"),
            startIndex=WHOLE,
            itemsPerPage=WHOLE,
        ),
    ),
    scim(
        "The service's configuration has meta and documentationUri, as in RFC 7643, section 5.",
        allow(
            success("/ServiceProviderConfig", "get", kind="application/scim+json"),
            meta={"type": "object"},
            documentationUri=TEXT,
        ),
        allow(
            success("/ServiceProviderConfig", "get", kind="application/scim+json")
            + "|properties|authenticationSchemes|items",
            documentationUri=TEXT,
            specUri=TEXT,
        ),
    ),
    scim(
        "A user's meta tells when it was made and changed, as in RFC 7643, section 3.1.",
        allow(SCHEMAS + "User|properties|meta", created=TEXT, lastModified=TEXT),
    ),
    Erratum(
        "authentication",
        "The address for validation is that of the host that was asked, not always the same one.",
        drop("components|schemas|ValidationUrl|properties|validationUrl", "enum"),
    ),
]
