//! The device grant: a code for the program, a short one for the person, and waiting.

use super::super::secret::{unguessable, unguessable_hex};
use super::{Grant, InvalidGrant, OAuth};

/// How long both codes live, in seconds.
const LIFETIME: i64 = 900;

/// How long a program waits between two polls at first, in seconds.
const INTERVAL: i64 = 5;

/// What each `slow_down` adds to that.
const SLOWER: i64 = 5;

/// Letters of user codes: none that is taken for another, no vowels that form words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

#[derive(Debug)]
pub(super) struct Device {
    client_id: String,
    scope: String,
    user_code: String,
    expires_at: i64,
    interval: i64,
    polled_at: Option<i64>,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    None,
    Allowed {
        user_id: String,
    },
    Denied,
    /// The tokens were given out.
    Spent,
}

/// What a program gets that starts the grant.
#[derive(Debug)]
pub(crate) struct DeviceCode {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) expires_in: i64,
    pub(crate) interval: i64,
}

/// A program that waits for a person's answer.
#[derive(Debug)]
pub(crate) struct WaitingDevice {
    pub(crate) client_id: String,
    pub(crate) scope: String,
    /// The code as the program shows it.
    pub(crate) user_code: String,
}

/// Why a program that polls gets no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Poll {
    Pending,
    SlowDown,
    Denied,
    Expired,
    Invalid(InvalidGrant),
}

impl OAuth {
    /// Starts a grant.
    pub(crate) fn start_device(&mut self, client_id: &str, scope: &str, now: i64) -> DeviceCode {
        let code = DeviceCode {
            device_code: unguessable_hex(3),
            user_code: user_code(),
            expires_in: LIFETIME,
            interval: INTERVAL,
        };
        let device = Device {
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            user_code: code.user_code.clone(),
            expires_at: now.saturating_add(LIFETIME * 1000),
            interval: INTERVAL,
            polled_at: None,
            answer: Answer::None,
        };
        self.devices.insert(code.device_code.clone(), device);
        self.counts.device_codes_issued += 1;
        code
    }

    /// Asks whether the person has answered.
    pub(crate) fn poll_device(
        &mut self,
        device_code: &str,
        client_id: &str,
        now: i64,
    ) -> Result<Grant, Poll> {
        let found =
            self.devices.get_mut(device_code).filter(|device| device.client_id == client_id);
        let Some(device) = found else {
            return Err(Poll::Invalid(InvalidGrant("Invalid or expired device code.")));
        };
        let before = device.polled_at.replace(now);
        match &device.answer {
            Answer::Spent => Err(Poll::Invalid(InvalidGrant("Invalid or expired device code."))),
            _ if now >= device.expires_at => Err(Poll::Expired),
            Answer::Denied => Err(Poll::Denied),
            Answer::None => {
                if before.is_some_and(|before| now < before + device.interval * 1000) {
                    device.interval += SLOWER;
                    self.counts.slow_downs += 1;
                    Err(Poll::SlowDown)
                } else {
                    Err(Poll::Pending)
                }
            }
            Answer::Allowed { user_id } => {
                let (user_id, scope) = (user_id.clone(), device.scope.clone());
                device.answer = Answer::Spent;
                Ok(self.grant(client_id, &user_id, &scope))
            }
        }
    }

    /// Finds the program that waits for an answer to a user code.
    pub(crate) fn waiting_device(&self, user_code: &str, now: i64) -> Option<WaitingDevice> {
        let wanted = normal(user_code);
        let device = self.devices.values().find(|device| device.waits(&wanted, now))?;
        Some(WaitingDevice {
            client_id: device.client_id.clone(),
            scope: device.scope.clone(),
            user_code: device.user_code.clone(),
        })
    }

    /// Answers for the person, `None` to deny. Returns whether the code waited for an answer.
    pub(crate) fn answer_device(
        &mut self,
        user_code: &str,
        user_id: Option<String>,
        now: i64,
    ) -> bool {
        let wanted = normal(user_code);
        let found = self.devices.values_mut().find(|device| device.waits(&wanted, now));
        let Some(device) = found else { return false };
        device.answer = user_id.map_or(Answer::Denied, |user_id| Answer::Allowed { user_id });
        true
    }
}

impl Device {
    fn waits(&self, normal_code: &str, now: i64) -> bool {
        matches!(self.answer, Answer::None)
            && now < self.expires_at
            && normal(&self.user_code) == normal_code
    }
}

/// Returns a user code as it is compared: people leave out the dash and don't care about capitals.
fn normal(user_code: &str) -> String {
    user_code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

fn user_code() -> String {
    let mut rest = unguessable();
    let mut code = String::new();
    for place in 0..8 {
        if place == 4 {
            code.push('-');
        }
        let letter = usize::try_from(rest % 20).ok().and_then(|index| LETTERS.get(index));
        code.extend(letter.map(|&letter| char::from(letter)));
        rest /= 20;
    }
    code
}
