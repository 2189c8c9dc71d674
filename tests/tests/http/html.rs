//! Takes a page apart: tags with their attributes, and the text between them.

/// A piece of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Open(String, Vec<(String, String)>),
    Close(String),
    Text(String),
}

/// Elements that have no end.
const VOID: [&str; 6] = ["br", "link", "meta", "!doctype", "rect", "use"];

/// A page in pieces; its tags must close what they open.
pub fn parse(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        let end = tag.find('>').expect("a tag ends");
        pieces.push(Piece::Text(unescape(text)));
        let piece = parse_tag(&tag[1..end]);
        match &piece {
            Piece::Open(name, _) if !VOID.contains(&name.as_str()) => open.push(name.clone()),
            Piece::Close(name) => assert_eq!(open.pop().as_ref(), Some(name), "in {page}"),
            _ => {}
        }
        pieces.push(piece);
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty(), "{open:?} is not closed in {page}");
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.trim().is_empty()));
    pieces
}

fn parse_tag(tag: &str) -> Piece {
    if let Some(name) = tag.strip_prefix('/') {
        return Piece::Close(name.to_string());
    }
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((name, value)) = rest.trim().trim_end_matches('/').split_once("=\"") {
        let (value, after) = value.split_once('"').expect("a value ends");
        attributes.push((name.trim().to_string(), unescape(value)));
        rest = after;
    }
    Piece::Open(name.to_lowercase(), attributes)
}

/// Undoes escaping by number. Whatever else could begin a tag or a reference must not be there.
fn unescape(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "not escaped: {text}");
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (number, after) = part.split_once(';').expect("a reference ends");
        let number = number.strip_prefix('#').expect("references are numbers").parse().ok();
        plain.push(number.and_then(char::from_u32).expect("a reference is a character"));
        plain.push_str(after);
    }
    plain
}

/// All text of a page, with single blanks.
pub fn text(page: &str) -> String {
    let texts = parse(page).into_iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text),
        _ => None,
    });
    let all: Vec<String> = texts.collect();
    all.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the links of a page lead, with what they say.
pub fn links(page: &str) -> Vec<(String, String)> {
    let pieces = parse(page);
    let pairs = pieces.windows(2).filter_map(|pair| match pair {
        [Piece::Open(name, attributes), Piece::Text(text)] if name == "a" => {
            let (_, href) = attributes.iter().find(|(name, _)| name == "href")?;
            Some((href.clone(), text.clone()))
        }
        _ => None,
    });
    pairs.collect()
}

/// Tags and the names of their attributes: what must not depend on what an operator typed.
pub fn structure(page: &str) -> Vec<String> {
    let tags = parse(page).into_iter().filter_map(|piece| match piece {
        Piece::Open(name, attributes) => {
            let names: Vec<String> = attributes.into_iter().map(|(name, _)| name).collect();
            Some(format!("<{name} {}>", names.join(" ")))
        }
        Piece::Close(name) => Some(format!("</{name}>")),
        Piece::Text(_) => None,
    });
    tags.collect()
}

/// The values of an attribute, in order.
pub fn attributes(page: &str, wanted: &str) -> Vec<String> {
    let values = parse(page).into_iter().flat_map(|piece| match piece {
        Piece::Open(_, attributes) => attributes,
        _ => Vec::new(),
    });
    values.filter(|(name, _)| name == wanted).map(|(_, value)| value).collect()
}
