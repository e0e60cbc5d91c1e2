//! The page that documents every code with a failing and a fixed example, one section a code.

use super::Code;

/// The whole page, as markdown.
pub const PAGE: &str = include_str!("../../codes.md");

/// The section of `code`, as markdown, from its heading to the next.
pub fn section(code: Code) -> &'static str {
    let wanted = code.name();
    PAGE.split("\n## ")
        .find(|section| section.lines().next() == Some(wanted))
        .map_or("", str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::{PAGE, section};
    use crate::Code;

    #[test]
    fn every_code_has_a_section_and_a_line_in_the_list() {
        for code in Code::all() {
            assert!(section(*code).len() > 200, "{code}");
            assert!(PAGE.contains(&format!("- [`{code}`](#{code})\n")), "{code}");
        }
    }

    #[test]
    fn the_sections_follow_the_codes() {
        let headings: Vec<&str> = PAGE.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let mut names: Vec<&str> = Code::all().iter().map(|code| code.name()).collect();
        names.push("The schema of the examples");
        assert_eq!(headings, names);
    }
}
