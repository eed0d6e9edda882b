//! Tables of `pg_catalog` about what Anaplan hasn't. They never have rows.

use super::definition::{As, Definition};

/// Every such table.
#[rustfmt::skip]
pub(super) static TABLES: &[Definition] = &[
    Definition::empty("pg_aggregate", &[
        ("aggfnoid", As::Oid), ("aggkind", As::Char), ("aggnumdirectargs", As::Int2), ("aggtransfn",
        As::Oid)
    ]),
    Definition::empty("pg_attrdef", &[
        ("oid", As::Oid), ("adrelid", As::Oid), ("adnum", As::Int2), ("adbin", As::Text)
    ]),
    Definition::empty("pg_auth_members", &[
        ("oid", As::Oid), ("roleid", As::Oid), ("member", As::Oid), ("grantor", As::Oid),
        ("admin_option", As::Bool), ("inherit_option", As::Bool), ("set_option", As::Bool)
    ]),
    Definition::empty("pg_available_extensions", &[
        ("name", As::Name), ("default_version", As::Text), ("installed_version", As::Text),
        ("comment", As::Text)
    ]),
    Definition::empty("pg_cast", &[
        ("oid", As::Oid), ("castsource", As::Oid), ("casttarget", As::Oid), ("castfunc", As::Oid),
        ("castcontext", As::Char), ("castmethod", As::Char)
    ]),
    Definition::empty("pg_collation", &[
        ("oid", As::Oid), ("collname", As::Name), ("collnamespace", As::Oid), ("collowner",
        As::Oid), ("collprovider", As::Char), ("collisdeterministic", As::Bool), ("collencoding",
        As::Int4), ("collcollate", As::Text), ("collctype", As::Text), ("colliculocale", As::Text),
        ("collicurules", As::Text), ("collversion", As::Text)
    ]),
    Definition::empty("pg_constraint", &[
        ("oid", As::Oid), ("conname", As::Name), ("connamespace", As::Oid), ("contype", As::Char),
        ("condeferrable", As::Bool), ("condeferred", As::Bool), ("convalidated", As::Bool),
        ("conrelid", As::Oid), ("contypid", As::Oid), ("conindid", As::Oid), ("conparentid",
        As::Oid), ("confrelid", As::Oid), ("confupdtype", As::Char), ("confdeltype", As::Char),
        ("confmatchtype", As::Char), ("conislocal", As::Bool), ("coninhcount", As::Int2),
        ("connoinherit", As::Bool), ("conkey", As::Int2s), ("confkey", As::Int2s), ("conpfeqop",
        As::Oids), ("conppeqop", As::Oids), ("conffeqop", As::Oids), ("confdelsetcols", As::Int2s),
        ("conexclop", As::Oids), ("conbin", As::Text), ("consrc", As::Text)
    ]),
    Definition::empty("pg_conversion", &[
        ("oid", As::Oid), ("conname", As::Name), ("connamespace", As::Oid), ("conowner", As::Oid),
        ("conforencoding", As::Int4), ("contoencoding", As::Int4), ("conproc", As::Oid),
        ("condefault", As::Bool)
    ]),
    Definition::empty("pg_db_role_setting", &[
        ("setdatabase", As::Oid), ("setrole", As::Oid), ("setconfig", As::Texts)
    ]),
    Definition::empty("pg_default_acl", &[
        ("oid", As::Oid), ("defaclrole", As::Oid), ("defaclnamespace", As::Oid), ("defaclobjtype",
        As::Char), ("defaclacl", As::Texts)
    ]),
    Definition::empty("pg_depend", &[
        ("classid", As::Oid), ("objid", As::Oid), ("objsubid", As::Int4), ("refclassid", As::Oid),
        ("refobjid", As::Oid), ("refobjsubid", As::Int4), ("deptype", As::Char)
    ]),
    Definition::empty("pg_description", &[
        ("objoid", As::Oid), ("classoid", As::Oid), ("objsubid", As::Int4), ("description",
        As::Text)
    ]),
    Definition::empty("pg_enum", &[
        ("oid", As::Oid), ("enumtypid", As::Oid), ("enumsortorder", As::Float), ("enumlabel",
        As::Name)
    ]),
    Definition::empty("pg_event_trigger", &[
        ("oid", As::Oid), ("evtname", As::Name), ("evtevent", As::Name), ("evtowner", As::Oid),
        ("evtfoid", As::Oid), ("evtenabled", As::Char), ("evttags", As::Texts)
    ]),
    Definition::empty("pg_extension", &[
        ("oid", As::Oid), ("extname", As::Name), ("extowner", As::Oid), ("extnamespace", As::Oid),
        ("extrelocatable", As::Bool), ("extversion", As::Text), ("extconfig", As::Oids),
        ("extcondition", As::Texts)
    ]),
    Definition::empty("pg_foreign_data_wrapper", &[
        ("oid", As::Oid), ("fdwname", As::Name), ("fdwowner", As::Oid), ("fdwhandler", As::Oid),
        ("fdwvalidator", As::Oid), ("fdwacl", As::Texts), ("fdwoptions", As::Texts)
    ]),
    Definition::empty("pg_foreign_server", &[
        ("oid", As::Oid), ("srvname", As::Name), ("srvowner", As::Oid), ("srvfdw", As::Oid),
        ("srvtype", As::Text), ("srvversion", As::Text), ("srvacl", As::Texts), ("srvoptions",
        As::Texts)
    ]),
    Definition::empty("pg_foreign_table", &[
        ("ftrelid", As::Oid), ("ftserver", As::Oid), ("ftoptions", As::Texts)
    ]),
    Definition::empty("pg_index", &[
        ("indexrelid", As::Oid), ("indrelid", As::Oid), ("indnatts", As::Int2), ("indnkeyatts",
        As::Int2), ("indisunique", As::Bool), ("indnullsnotdistinct", As::Bool), ("indisprimary",
        As::Bool), ("indisexclusion", As::Bool), ("indimmediate", As::Bool), ("indisclustered",
        As::Bool), ("indisvalid", As::Bool), ("indcheckxmin", As::Bool), ("indisready", As::Bool),
        ("indislive", As::Bool), ("indisreplident", As::Bool), ("indkey", As::Int2Vector),
        ("indcollation", As::OidVector), ("indclass", As::OidVector), ("indoption", As::Int2Vector),
        ("indexprs", As::Text), ("indpred", As::Text)
    ]),
    Definition::empty("pg_indexes", &[
        ("schemaname", As::Name), ("tablename", As::Name), ("indexname", As::Name), ("tablespace",
        As::Name), ("indexdef", As::Text)
    ]),
    Definition::empty("pg_inherits", &[
        ("inhrelid", As::Oid), ("inhparent", As::Oid), ("inhseqno", As::Int4), ("inhdetachpending",
        As::Bool)
    ]),
    Definition::empty("pg_locks", &[
        ("locktype", As::Text), ("database", As::Oid), ("relation", As::Oid), ("page", As::Int4),
        ("transactionid", As::Oid), ("pid", As::Int4), ("mode", As::Text), ("granted", As::Bool)
    ]),
    Definition::empty("pg_matviews", &[
        ("schemaname", As::Name), ("matviewname", As::Name), ("matviewowner", As::Name),
        ("tablespace", As::Name), ("hasindexes", As::Bool), ("ispopulated", As::Bool),
        ("definition", As::Text)
    ]),
    Definition::empty("pg_opclass", &[
        ("oid", As::Oid), ("opcmethod", As::Oid), ("opcname", As::Name), ("opcnamespace", As::Oid),
        ("opcowner", As::Oid), ("opcfamily", As::Oid), ("opcintype", As::Oid), ("opcdefault",
        As::Bool), ("opckeytype", As::Oid)
    ]),
    Definition::empty("pg_operator", &[
        ("oid", As::Oid), ("oprname", As::Name), ("oprnamespace", As::Oid), ("oprowner", As::Oid),
        ("oprkind", As::Char), ("oprcanmerge", As::Bool), ("oprcanhash", As::Bool), ("oprleft",
        As::Oid), ("oprright", As::Oid), ("oprresult", As::Oid), ("oprcom", As::Oid), ("oprnegate",
        As::Oid), ("oprcode", As::Oid), ("oprrest", As::Oid), ("oprjoin", As::Oid)
    ]),
    Definition::empty("pg_partitioned_table", &[
        ("partrelid", As::Oid), ("partstrat", As::Char), ("partnatts", As::Int2), ("partdefid",
        As::Oid), ("partattrs", As::Int2Vector), ("partclass", As::OidVector), ("partcollation",
        As::OidVector), ("partexprs", As::Text)
    ]),
    Definition::empty("pg_policy", &[
        ("oid", As::Oid), ("polname", As::Name), ("polrelid", As::Oid), ("polcmd", As::Char),
        ("polpermissive", As::Bool), ("polroles", As::Oids), ("polqual", As::Text), ("polwithcheck",
        As::Text)
    ]),
    Definition::empty("pg_prepared_xacts", &[
        ("transaction", As::Oid), ("gid", As::Text), ("prepared", As::Text), ("owner", As::Name),
        ("database", As::Name)
    ]),
    Definition::empty("pg_publication", &[
        ("oid", As::Oid), ("pubname", As::Name), ("pubowner", As::Oid), ("puballtables", As::Bool),
        ("pubinsert", As::Bool), ("pubupdate", As::Bool), ("pubdelete", As::Bool), ("pubtruncate",
        As::Bool), ("pubviaroot", As::Bool)
    ]),
    Definition::empty("pg_publication_namespace", &[
        ("oid", As::Oid), ("pnpubid", As::Oid), ("pnnspid", As::Oid)
    ]),
    Definition::empty("pg_publication_rel", &[
        ("oid", As::Oid), ("prpubid", As::Oid), ("prrelid", As::Oid), ("prqual", As::Text),
        ("prattrs", As::Int2Vector)
    ]),
    Definition::empty("pg_range", &[
        ("rngtypid", As::Oid), ("rngsubtype", As::Oid), ("rngmultitypid", As::Oid), ("rngcollation",
        As::Oid), ("rngsubopc", As::Oid), ("rngcanonical", As::Oid), ("rngsubdiff", As::Oid)
    ]),
    Definition::empty("pg_rewrite", &[
        ("oid", As::Oid), ("rulename", As::Name), ("ev_class", As::Oid), ("ev_type", As::Char),
        ("ev_enabled", As::Char), ("is_instead", As::Bool), ("ev_qual", As::Text), ("ev_action",
        As::Text)
    ]),
    Definition::empty("pg_seclabels", &[
        ("objoid", As::Oid), ("classoid", As::Oid), ("objsubid", As::Int4), ("objtype", As::Text),
        ("objnamespace", As::Oid), ("objname", As::Text), ("provider", As::Text), ("label",
        As::Text)
    ]),
    Definition::empty("pg_sequence", &[
        ("seqrelid", As::Oid), ("seqtypid", As::Oid), ("seqstart", As::Int8), ("seqincrement",
        As::Int8), ("seqmax", As::Int8), ("seqmin", As::Int8), ("seqcache", As::Int8), ("seqcycle",
        As::Bool)
    ]),
    Definition::empty("pg_sequences", &[
        ("schemaname", As::Name), ("sequencename", As::Name), ("sequenceowner", As::Name),
        ("start_value", As::Int8), ("min_value", As::Int8), ("max_value", As::Int8),
        ("increment_by", As::Int8), ("cycle", As::Bool), ("cache_size", As::Int8), ("last_value",
        As::Int8)
    ]),
    Definition::empty("pg_shdepend", &[
        ("dbid", As::Oid), ("classid", As::Oid), ("objid", As::Oid), ("objsubid", As::Int4),
        ("refclassid", As::Oid), ("refobjid", As::Oid), ("deptype", As::Char)
    ]),
    Definition::empty("pg_shdescription", &[
        ("objoid", As::Oid), ("classoid", As::Oid), ("description", As::Text)
    ]),
    Definition::empty("pg_stat_activity", &[
        ("datid", As::Oid), ("datname", As::Name), ("pid", As::Int4), ("leader_pid", As::Int4),
        ("usesysid", As::Oid), ("usename", As::Name), ("application_name", As::Text),
        ("client_addr", As::Text), ("client_hostname", As::Text), ("client_port", As::Int4),
        ("backend_start", As::Text), ("xact_start", As::Text), ("query_start", As::Text),
        ("state_change", As::Text), ("wait_event_type", As::Text), ("wait_event", As::Text),
        ("state", As::Text), ("backend_xid", As::Oid), ("backend_xmin", As::Oid), ("query_id",
        As::Int8), ("query", As::Text), ("backend_type", As::Text)
    ]),
    Definition::empty("pg_stat_database", &[
        ("datid", As::Oid), ("datname", As::Name), ("numbackends", As::Int4), ("xact_commit",
        As::Int8), ("xact_rollback", As::Int8), ("blks_read", As::Int8), ("blks_hit", As::Int8),
        ("tup_returned", As::Int8), ("tup_fetched", As::Int8), ("tup_inserted", As::Int8),
        ("tup_updated", As::Int8), ("tup_deleted", As::Int8)
    ]),
    Definition::empty("pg_stat_ssl", &[
        ("pid", As::Int4), ("ssl", As::Bool), ("version", As::Text), ("cipher", As::Text), ("bits",
        As::Int4)
    ]),
    Definition::empty("pg_stat_user_tables", &[
        ("relid", As::Oid), ("schemaname", As::Name), ("relname", As::Name), ("seq_scan", As::Int8),
        ("n_live_tup", As::Int8), ("n_dead_tup", As::Int8)
    ]),
    Definition::empty("pg_statistic_ext", &[
        ("oid", As::Oid), ("stxrelid", As::Oid), ("stxname", As::Name), ("stxnamespace", As::Oid),
        ("stxowner", As::Oid), ("stxstattarget", As::Int4), ("stxkeys", As::Int2Vector), ("stxkind",
        As::Texts)
    ]),
    Definition::empty("pg_stats", &[
        ("schemaname", As::Name), ("tablename", As::Name), ("attname", As::Name), ("inherited",
        As::Bool), ("null_frac", As::Float), ("avg_width", As::Int4), ("n_distinct", As::Float)
    ]),
    Definition::empty("pg_subscription", &[
        ("oid", As::Oid), ("subdbid", As::Oid), ("subname", As::Name), ("subowner", As::Oid),
        ("subenabled", As::Bool)
    ]),
    Definition::empty("pg_timezone_names", &[
        ("name", As::Text), ("abbrev", As::Text), ("utc_offset", As::Text), ("is_dst", As::Bool)
    ]),
    Definition::empty("pg_transform", &[
        ("oid", As::Oid), ("trftype", As::Oid), ("trflang", As::Oid), ("trffromsql", As::Oid),
        ("trftosql", As::Oid)
    ]),
    Definition::empty("pg_trigger", &[
        ("oid", As::Oid), ("tgrelid", As::Oid), ("tgparentid", As::Oid), ("tgname", As::Name),
        ("tgfoid", As::Oid), ("tgtype", As::Int2), ("tgenabled", As::Char), ("tgisinternal",
        As::Bool), ("tgconstrrelid", As::Oid), ("tgconstrindid", As::Oid), ("tgconstraint",
        As::Oid), ("tgdeferrable", As::Bool), ("tginitdeferred", As::Bool), ("tgnargs", As::Int2),
        ("tgattr", As::Int2Vector), ("tgqual", As::Text)
    ]),
    Definition::empty("pg_ts_config", &[
        ("oid", As::Oid), ("cfgname", As::Name), ("cfgnamespace", As::Oid), ("cfgowner", As::Oid),
        ("cfgparser", As::Oid)
    ]),
    Definition::empty("pg_ts_dict", &[
        ("oid", As::Oid), ("dictname", As::Name), ("dictnamespace", As::Oid), ("dictowner",
        As::Oid), ("dicttemplate", As::Oid), ("dictinitoption", As::Text)
    ]),
    Definition::empty("pg_user_mapping", &[
        ("oid", As::Oid), ("umuser", As::Oid), ("umserver", As::Oid), ("umoptions", As::Texts)
    ]),
    Definition::empty("pg_views", &[
        ("schemaname", As::Name), ("viewname", As::Name), ("viewowner", As::Name), ("definition",
        As::Text)
    ]),
];
