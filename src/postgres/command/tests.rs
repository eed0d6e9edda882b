use super::*;

fn command(sql: &str) -> Option<Command> {
    read(sql).expect("understood")
}

fn refused(sql: &str) -> &'static str {
    read(sql).expect_err("refused").sqlstate
}

fn set(name: &str, value: &str) -> Option<Command> {
    Some(Command::Set { name: name.into(), value: value.into(), is_local: false })
}

#[test]
fn settings_are_set_in_every_way() {
    assert_eq!(
        command("SET search_path TO \"Sales Planning\", public"),
        set("search_path", "\"Sales Planning\", public")
    );
    assert_eq!(command("set Extra_Float_Digits = 2;"), set("extra_float_digits", "2"));
    assert_eq!(command("SET TIME ZONE 'UTC'"), set("TimeZone", "UTC"));
    assert_eq!(command("SET NAMES 'utf8'"), set("client_encoding", "utf8"));
    assert_eq!(command("SET SESSION my.own = -5"), set("my.own", "-5"));
    assert_eq!(command("SET datestyle TO DEFAULT"), Some(Command::Reset(Some("datestyle".into()))));
    assert_eq!(
        command("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"),
        Some(Command::SetNothing)
    );
    assert_eq!(
        command("/* odd */ -- way\n SHOW  server_version;"),
        Some(Command::Show("server_version".into()))
    );
    assert_eq!(
        command("SHOW TRANSACTION ISOLATION LEVEL"),
        Some(Command::Show("transaction_isolation".into()))
    );
    assert_eq!(command("SHOW TABLES"), None);
    assert_eq!(command("SHOW COLUMNS FROM x"), None);
    assert_eq!(command("SELECT 1"), None);
    assert_eq!(refused("SET x"), "42601");
    assert_eq!(refused("SET ROLE other"), "42601");
}

#[test]
fn transactions_and_cursors_are_commands() {
    assert_eq!(command("BEGIN ISOLATION LEVEL SERIALIZABLE"), Some(Command::Begin));
    assert_eq!(command("start transaction"), Some(Command::Begin));
    assert_eq!(command("ROLLBACK TO SAVEPOINT a"), Some(Command::RollbackTo));
    assert_eq!(command("ROLLBACK WORK"), Some(Command::Rollback));
    assert_eq!(
        command("declare \"SQL_CUR0x1\" cursor with hold for SELECT 'é', * FROM t;"),
        Some(Command::Declare {
            name: "SQL_CUR0x1".into(),
            query: "SELECT 'é', * FROM t".into(),
            holds: true
        })
    );
    let fetch = |rows, moves| Some(Command::Fetch { name: "c".into(), rows, moves });
    assert_eq!(command("FETCH FORWARD 2000 FROM \"c\""), fetch(2000, false));
    assert_eq!(command("fetch 100 in c"), fetch(100, false));
    assert_eq!(command("FETCH ALL c"), fetch(usize::MAX, false));
    assert_eq!(command("FETCH c"), fetch(1, false));
    assert_eq!(command("MOVE 5 IN c"), fetch(5, true));
    assert_eq!(refused("FETCH BACKWARD 1 FROM c"), "55000");
    assert_eq!(refused("FETCH -1 FROM c"), "55000");
    assert_eq!(command("CLOSE ALL"), Some(Command::Close(None)));
    assert_eq!(
        command("DEALLOCATE PREPARE \"S_1\""),
        Some(Command::Deallocate(Some("S_1".into())))
    );
}

#[test]
fn copies_go_to_the_client_only() {
    let format = |kind, header| CopyFormat {
        kind,
        header,
        delimiter: if kind == CopyKind::Csv { b',' } else { b'\t' },
        null: if kind == CopyKind::Csv { String::new() } else { "\\N".into() },
        quote: b'"',
    };
    let copy = |query: &str, kind, header| {
        Some(Command::Copy { query: query.into(), format: format(kind, header) })
    };
    assert_eq!(
        command("COPY (SELECT ')', (1) FROM t) TO STDOUT"),
        copy("SELECT ')', (1) FROM t", CopyKind::Text, false)
    );
    assert_eq!(
        command("COPY \"Odd name\" (a, b) TO STDOUT WITH (FORMAT csv, HEADER true)"),
        copy("SELECT a, b FROM \"Odd name\" ", CopyKind::Csv, true)
    );
    assert_eq!(
        command("copy t to stdout csv header"),
        copy("SELECT * FROM t", CopyKind::Csv, true)
    );
    assert_eq!(
        command("COPY (SELECT 1) TO STDOUT (FORMAT BINARY)"),
        copy("SELECT 1", CopyKind::Binary, false)
    );
    assert_eq!(refused("COPY (SELECT 1) TO '/etc/passwd'"), "42501");
    assert_eq!(refused("COPY (SELECT 1) TO PROGRAM 'sh'"), "42501");
    assert_eq!(refused("COPY t FROM STDIN"), "0A000");
    assert_eq!(refused("COPY t FROM '/etc/passwd'"), "0A000");
    for sql in ["COPY", "COPY (", "COPY t", "COPY TO STDOUT", "COPY t(a TO STDOUT"] {
        assert!(read(sql).is_err(), "{sql}");
    }
}
