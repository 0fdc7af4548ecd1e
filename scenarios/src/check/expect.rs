//! Whether what is expected can be told of any run.

use super::Checks;
use crate::complaint::Complaint;

impl Checks<'_, '_> {
    pub(super) fn expect(&mut self) {
        for condition in &self.scenario.expect.conditions {
            let Some(wrong) = (self.cx.care.judge)(condition) else { continue };
            let path = format!("expect.{}", condition.path);
            let key = self.key_at(&path).filter(|_| wrong.is_path);
            let at = key.unwrap_or_else(|| self.near(&path));
            self.complain(Complaint::error(at, wrong.what, wrong.mend));
        }
    }
}
