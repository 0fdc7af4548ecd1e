//! The page in a browser: it opens without an error, its tables sort and filter, its timeline zooms. Where
//! no Chromium is found the test says so and passes, unless `PENULT_CHROMIUM=required`, as in `.ci/run`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::*;

/// The browser, if there is one.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// Opens a page and gives its document as it then stands, and what the browser logged.
fn open(chromium: &Path, page: &Path, size: &str, settings: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().expect("there is room");
    let (document, log) = (folder.path().join("document"), folder.path().join("log"));
    let file = |path: &Path| Stdio::from(File::create(path).expect("it can be made"));
    let mut browser = Command::new(chromium)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--window-size={size}"))
        .args(settings)
        .arg(format!("file://{}", page.display()))
        .stdout(file(&document))
        .stderr(file(&log))
        .spawn()
        .expect("it can be started");
    let ended = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        browser.try_wait().expect("it can be asked").is_some()
    });
    if !ended {
        let _ = browser.kill();
        panic!("the browser did not end within a minute");
    }
    let read = |path: &Path| {
        String::from_utf8_lossy(&std::fs::read(path).expect("it is there")).into_owned()
    };
    (read(&document), read(&log))
}

/// Tries the page out, and writes what it saw into it.
const TRIAL: &str = r##"<script>
(() => {
  const seen = [];
  const say = (name, value) => seen.push(name + "=" + value);
  const rows = (id) => [...document.querySelectorAll("#" + id + " tbody tr")];
  const column = (id, place) => rows(id).map((row) => row.cells[place].textContent).join(" ");
  const click = (id, place) => document.querySelectorAll("#" + id + " th button")[place].click();
  say("before", column("gateways", 1));
  click("gateways", 1);
  say("up", column("gateways", 1));
  click("gateways", 1);
  say("down", column("gateways", 1));
  click("handovers", 0);
  say("clients", column("handovers", 0));
  const filter = document.querySelector("#cost input");
  filter.value = "BYTES";
  filter.dispatchEvent(new Event("input"));
  say("left", rows("cost").filter((row) => !row.hidden).length + " of " + rows("cost").length);
  const plot = document.getElementById("plot-timeline");
  const ticks = () => [...plot.querySelectorAll("g.ticks text")].map((it) => it.textContent.trim()).join(" ");
  const band = () => plot.querySelector("g.moving rect").getAttribute("width");
  say("ticks", ticks());
  const wide = Number(band());
  const buttons = [...document.querySelectorAll("figure button")];
  buttons[0].click();
  say("zoomed", ticks());
  say("wider", Math.round((100 * Number(band())) / wide));
  buttons[4].click();
  say("whole", ticks());
  say("scrolls", document.documentElement.scrollWidth > window.innerWidth);
  say("errors", window.failed.length + window.failed.join(";"));
  const told = document.createElement("pre");
  told.id = "trial";
  told.textContent = seen.join("\n");
  document.body.append(told);
})();
</script>"##;

const WATCH: &str = r#"<script>window.failed = [];
window.addEventListener("error", (event) => window.failed.push(event.message));</script>"#;

#[test]
fn the_page_opens_sorts_filters_and_zooms() {
    let Some(chromium) = chromium() else {
        let required = std::env::var_os("PENULT_CHROMIUM").is_some_and(|it| it == "required");
        assert!(!required, "there is no Chromium, and PENULT_CHROMIUM says that there must be");
        eprintln!("skipped: there is no Chromium here");
        return;
    };
    let folder = tempfile::tempdir().expect("there is room");
    report(&partition_and_crashes(), folder.path());
    let page = std::fs::read_to_string(folder.path().join("report.html")).expect("it was written");
    let tried = page.replacen("<head>", &format!("<head>{WATCH}"), 1);
    let tried = tried.replacen("</body>", &format!("{TRIAL}</body>"), 1);
    let path = folder.path().join("tried.html");
    std::fs::write(&path, tried).expect("it can be written");
    for size in ["1280,900", "500,800"] {
        let (document, log) = open(&chromium, &path, size, &[]);
        assert!(!log.contains("CONSOLE"), "{log}");
        let (_, told) =
            document.split_once("<pre id=\"trial\">").unwrap_or_else(|| panic!("{log}"));
        let (told, _) = told.split_once("</pre>").expect("it ends");
        let said = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("{name}: {told}"))
        };
        let numbers = |name: &str| -> Vec<u64> {
            let words = said(name).split(' ').map(|it| it.replace(',', ""));
            words.map(|it| it.parse().expect("it is a number")).collect()
        };
        let mut sorted = numbers("before");
        assert!(sorted.len() == 4 && !sorted.is_sorted(), "{told}");
        sorted.sort_unstable();
        assert_eq!(numbers("up"), sorted, "{told}");
        sorted.reverse();
        assert_eq!(numbers("down"), sorted, "{told}");
        // c2 before c10.
        let clients: Vec<u64> =
            said("clients").split(' ').map(|it| it[1..].parse().expect("c12")).collect();
        assert!(clients.len() > 2 && clients.is_sorted(), "{told}");
        assert_eq!(said("left"), "4 of 26");
        assert_ne!(said("ticks"), said("zoomed"));
        assert_eq!(said("whole"), said("ticks"));
        // Twice as wide where time is stretched twice.
        assert_eq!(said("wider"), "200");
        assert_eq!(said("scrolls"), "false", "at {size}");
        assert_eq!(said("errors"), "0");
    }
}
