use serde::{Deserialize, Serialize};

use crate::answer::{
    AgentAnswer, AppointmentAnswer, BlockAnswer, ExceptionAnswer, ExternalBusyAnswer, HoldAnswer,
    ReleasedHoldAnswer, RulesAnswer, answers,
};

answers! {
    /// The answer of an accepted command on an agent, without version and position.
    Answer {
        Appointment(AppointmentAnswer),
        Hold(HoldAnswer),
        ReleasedHold(ReleasedHoldAnswer),
        Rules(RulesAnswer),
        Exception(ExceptionAnswer),
        Block(BlockAnswer),
        ExternalBusy(ExternalBusyAnswer),
        Agent(AgentAnswer),
    }
}
