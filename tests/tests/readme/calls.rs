//! The commands that a page shows.

/// A command that a reader may type.
#[derive(Debug)]
pub enum Command {
    /// A call of the coordinator.
    Call(Call),
    /// An installation or an upgrade, with its arguments.
    Deploy {
        /// In Candid, as text.
        args: String,
    },
}

/// A call of the coordinator.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub method: String,
    /// In Candid, as text.
    pub args: String,
    /// The error it is refused with, if the page says so.
    pub refused: Option<String>,
    /// Some of the answer, if the page shows it: in Candid, as text.
    pub answer: Option<String>,
}

/// The calls and deployments of a page, in order.
///
/// A comment in front of a call that says `Refused with X` is about its outcome; a block of Candid is the answer
/// to the call before it.
pub fn commands(page: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    for (language, block) in blocks(page) {
        match language {
            "sh" => commands.extend(shell_commands(&block)),
            "candid" => match commands.last_mut() {
                Some(Command::Call(call)) => call.answer = Some(block),
                _ => panic!("an answer to no call: {block}"),
            },
            _ => {}
        }
    }
    commands
}

/// The fenced blocks of a page, each with its language.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language, body.join("\n")));
        }
    }
    blocks
}

fn shell_commands(block: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut refused = None;
    let mut lines = block.lines();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix('#') {
            refused = refusal(comment).or(refused);
            continue;
        }
        let mut command = line.to_owned();
        while command.matches('\'').count() % 2 == 1 {
            let next = lines.next().expect("a quotation is not closed");
            command = format!("{command}\n{next}");
        }
        commands.extend(shell_command(&command, refused.take()));
    }
    commands
}

fn refusal(comment: &str) -> Option<String> {
    let (_, rest) = comment.split_once("Refused with ")?;
    let error: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    Some(error)
}

fn shell_command(command: &str, refused: Option<String>) -> Option<Command> {
    let (words, args) = match command.split_once('\'') {
        Some((words, quoted)) => (words, quoted.trim_end().strip_suffix('\'')?),
        None => (command, ""),
    };
    match words.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["dfx" | "icp", "canister", "call", canister, rest @ ..] => {
            assert_eq!(*canister, "backup_coordinator", "{command}");
            let [method] = rest else {
                panic!("not a call with one argument in single quotes: {command}");
            };
            Some(Command::Call(Call {
                method: (*method).to_owned(),
                args: args.to_owned(),
                refused,
                answer: None,
            }))
        }
        ["dfx" | "icp", "deploy", canister, .., "--argument" | "--args"] => {
            assert_eq!(*canister, "backup_coordinator", "{command}");
            Some(Command::Deploy { args: args.to_owned() })
        }
        _ => None,
    }
}
