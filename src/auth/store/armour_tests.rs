use super::*;

fn armour() -> Armour {
    let header = Header {
        client: client_fingerprint("client"),
        protection: Protection::Password,
        derivation: Derivation::PASSWORD,
        salt: [7; SALT],
        check: [9; CHECK],
    };
    Armour { header, nonce: [1; NONCE], sealed: (0..=255).collect() }
}

#[test]
fn the_text_is_what_the_reference_describes() {
    insta::assert_snapshot!(armour().write(), @r"
    -----BEGIN ANAPLAN-SQL OAUTH SETTINGS-----
    Version: 1
    Client: 948fe603f61dc036
    Protection: password
    Derivation: argon2id m=47104 t=1 p=1
    Salt: 07070707070707070707070707070707
    Check: 0909090909090909
    Nonce: 010101010101010101010101
    Digest: 66aa33d17f98bd3c3fa7ec8c12c341655855d75e34a1f8575e5c4048584edbcd

    AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v
    MDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5f
    YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6P
    kJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/
    wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v
    8PHy8/T19vf4+fr7/P3+/w==
    -----END ANAPLAN-SQL OAUTH SETTINGS-----
    ");
}

#[test]
fn what_copying_does_to_text_does_no_harm() {
    let text = armour().write();
    let crlf = text.replace('\n', "\r\n");
    let blanks = text.lines().map(|line| format!("  {line} \n\n")).collect::<String>();
    let mark = format!("\u{feff}{text}");
    let utf16: Vec<u8> = mark.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let joined = text.trim_end();
    for copy in [text.as_bytes(), crlf.as_bytes(), blanks.as_bytes(), mark.as_bytes(), &utf16] {
        assert_eq!(Armour::read(copy), Ok(armour()));
    }
    assert_eq!(Armour::read(joined.as_bytes()), Ok(armour()));
}

#[test]
fn what_is_no_settings_file_is_told_apart() {
    assert_eq!(Armour::read(b""), Err(Problem::Empty));
    assert_eq!(Armour::read(b" \r\n"), Err(Problem::Empty));
    assert_eq!(Armour::read(b"[OAuthSettings]\nx=1"), Err(Problem::Foreign));
    assert_eq!(Armour::read(&[0xff, 0x00, 0x80]), Err(Problem::Foreign));
    let newer = armour().write().replace("Version: 1", "Version: 12");
    assert_eq!(Armour::read(newer.as_bytes()), Err(Problem::Newer(12)));
    let greedy = armour().write().replace("m=47104", "m=4294967295");
    assert_eq!(Armour::read(greedy.as_bytes()), Err(Problem::Damaged));
}

#[test]
fn every_cut_and_every_changed_byte_is_noticed() {
    let text = armour().write().into_bytes();
    for at in 0..text.len() - 1 {
        assert!(Armour::read(&text[..at]).is_err(), "cut at {at}");
    }
    for at in 0..text.len() {
        for change in [b'0', b'f', b'\n', b' ', 0xff] {
            let mut changed = text.clone();
            changed[at] = change;
            // Blanks at the ends of lines are nobody's loss; anything else is.
            if let Ok(read) = Armour::read(&changed) {
                assert_eq!(read, armour(), "byte {at} changed to {change}");
            }
        }
    }
}

#[test]
fn hexadecimal_is_read_strictly() {
    assert_eq!(unhex::<2>("0aFf"), Some([10, 255]));
    for text in ["", "0a", "0a+f", "0a\u{e9}", "0aff0"] {
        assert_eq!(unhex::<2>(text), None, "{text}");
    }
}
