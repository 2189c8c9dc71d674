//! A strict reader of the text format of Prometheus: what it does not know is a failure. Readers that programs
//! use step over such lines, and take labels apart at commas that stand within a value.

use std::collections::{BTreeMap, BTreeSet};

type Labels = BTreeMap<String, String>;

/// The figures of a page.
pub struct Scrape {
    samples: BTreeMap<(String, Labels), f64>,
    /// What each metric is: its help and its type.
    pub described: BTreeMap<String, (String, String)>,
    /// Milliseconds since 1970, the same for all samples.
    pub time: u64,
}

impl Scrape {
    /// Reads a page.
    ///
    /// # Panics
    /// When it is not in the format.
    pub fn parse(page: &str) -> Self {
        let mut scrape = Self { samples: BTreeMap::new(), described: BTreeMap::new(), time: 0 };
        let mut times = BTreeSet::new();
        let mut help = BTreeMap::new();
        for line in page.lines() {
            if let Some(line) = line.strip_prefix("# HELP ") {
                let (name, text) = line.split_once(' ').expect("a metric has a help");
                assert!(help.insert(name, text).is_none(), "{name} is there twice");
            } else if let Some(line) = line.strip_prefix("# TYPE ") {
                let (name, kind) = line.split_once(' ').expect("a metric has a type");
                assert!(["gauge", "counter"].contains(&kind), "{line}");
                let described = (help[name].to_string(), kind.to_string());
                scrape.described.insert(name.to_string(), described);
            } else {
                times.insert(scrape.add(line));
            }
        }
        assert_eq!(times.len(), 1, "one page has one time");
        scrape.time = times.pop_first().expect("there is a sample");
        scrape
    }

    fn add(&mut self, line: &str) -> u64 {
        let end = line.find(['{', ' ']).expect("a name ends");
        let (name, rest) = line.split_at(end);
        assert!(self.described.contains_key(name), "{name} has no type before it");
        let (labels, rest) = match rest.strip_prefix('{') {
            Some(rest) => parse_labels(rest),
            None => (Labels::new(), rest),
        };
        let (value, time) = rest.trim_start().split_once(' ').expect("a value and a time");
        let value = value.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        let before = self.samples.insert((name.to_string(), labels), value);
        assert!(before.is_none(), "twice: {line}");
        time.parse().unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// The one sample of a metric without labels.
    ///
    /// # Panics
    /// When there is none.
    pub fn value(&self, name: &str) -> f64 {
        self.samples
            .get(&(name.to_string(), Labels::new()))
            .copied()
            .unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// The samples of a metric by their labels.
    pub fn samples(&self, name: &str) -> Vec<(&BTreeMap<String, String>, f64)> {
        let samples = self.samples.iter().filter(|((metric, _), _)| metric == name);
        samples.map(|((_, labels), value)| (labels, *value)).collect()
    }

    /// The samples of a metric by the value of its label.
    ///
    /// # Panics
    /// When one has no such label.
    pub fn by(&self, name: &str, label: &str) -> BTreeMap<String, f64> {
        let samples = self.samples(name).into_iter();
        samples.map(|(labels, value)| (labels[label].clone(), value)).collect()
    }
}

/// The labels after an opening brace, and what comes after the closing one.
fn parse_labels(mut rest: &str) -> (Labels, &str) {
    let mut labels = Labels::new();
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return (labels, rest);
        }
        let (name, value) = rest.trim_start_matches(',').split_once("=\"").expect("a label");
        let (value, after) = parse_value(value);
        labels.insert(name.to_string(), value);
        rest = after;
    }
}

fn parse_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return (value, &text[position + 1..]),
            '\\' => match characters.next().expect("something is escaped").1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    panic!("a value does not end: {text}")
}
