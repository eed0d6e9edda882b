"""What clients of the Integration, Audit, SCIM and OAuth API call, job by job."""

SIGN_IN = (
    "POST /token/authenticate",
    "GET /auth/prelogin",
    "POST /oauth/token",
)
LISTINGS = (
    "GET /2/0/users",
    "GET /2/0/users/me",
    "GET /2/0/workspaces",
    "GET /2/0/workspaces/*",
    "GET /2/0/workspaces/*/models",
    "GET /2/0/models",
    "GET /2/0/models/*",
    "GET /2/0/models/*/status",
    "GET /2/0/models/*/modules",
    "GET /2/0/models/*/views",
    "GET /2/0/models/*/views/*",
    "GET /2/0/models/*/lineItems",
    "GET /2/0/models/*/modules/*/lineItems",
    "GET /2/0/models/*/lineItems/*/dimensions",
    "GET /2/0/models/*/dimensions/*/items",
    "POST /2/0/models/*/dimensions/*/items",
    "GET /2/0/models/*/views/*/dimensions/*/items",
    "GET /2/0/models/*/lists",
    "GET /2/0/models/*/lists/*",
    "GET /2/0/models/*/lists/*/items",
    "GET /2/0/models/*/files",
    "GET /2/0/models/*/exports",
    "GET /2/0/models/*/imports",
    "GET /2/0/models/*/actions",
    "GET /2/0/models/*/processes",
)
EXPORT_AND_DOWNLOAD = (
    "POST /2/0/models/*/exports/*/tasks",
    "GET /2/0/models/*/exports/*/tasks",
    "GET /2/0/models/*/exports/*/tasks/*",
    "GET /2/0/models/*/files/*/chunks/*",
)
UPLOAD_AND_IMPORT = (
    "POST /2/0/models/*/files/*",
    "PUT /2/0/models/*/files/*/chunks/*",
    "POST /2/0/models/*/files/*/complete",
    "POST /2/0/models/*/imports/*/tasks",
    "GET /2/0/models/*/imports/*/tasks/*",
)
PROCESS_AND_ACTION = (
    "POST /2/0/models/*/processes/*/tasks",
    "GET /2/0/models/*/processes/*/tasks/*",
    "POST /2/0/models/*/actions/*/tasks",
    "GET /2/0/models/*/actions/*/tasks/*",
    "GET /2/0/models/*/optimizeActions/*/tasks/*/solutionLogs",
)
WRITES = (
    "POST /2/0/models/*/lists/*/items",
    "POST /2/0/models/*/lists/*/resetIndex",
    "POST /2/0/models/*/modules/*/data",
    "POST /2/0/models/*/open",
    "POST /2/0/models/*/close",
    "POST /2/0/workspaces/*/bulkDeleteModels",
)
VIEW = ("GET /2/0/models/*/views/*/data",)
# The client has no call for versions, nor for their switchover.
CALENDAR = (
    "GET /2/0/models/*/currentPeriod",
    "PUT /2/0/models/*/currentPeriod",
    "GET /2/0/models/*/modelCalendar",
    "PUT /2/0/models/*/modelCalendar/fiscalYear",
)
AUDIT_AND_SCIM = (
    "GET /audit/api/1/events",
    "GET /scim/1/0/v2/Users",
    "GET /scim/1/0/v2/Users/*",
    "POST /scim/1/0/v2/Users",
    "PUT /scim/1/0/v2/Users/*",
    "PATCH /scim/1/0/v2/Users/*",
    "GET /scim/1/0/v2/ServiceProviderConfig",
    "GET /scim/1/0/v2/ResourceTypes",
    "GET /scim/1/0/v2/Schemas",
)

OPERATIONS = (
    *SIGN_IN,
    *LISTINGS,
    *EXPORT_AND_DOWNLOAD,
    *UPLOAD_AND_IMPORT,
    *PROCESS_AND_ACTION,
    *WRITES,
    *VIEW,
    *CALENDAR,
    *AUDIT_AND_SCIM,
)
