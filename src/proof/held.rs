//! Whether all inputs of a result hold: each by itself, and then those that have to be judged together.

use super::definitions;
use super::holds::Here;
use super::input::Input;
use crate::reason::Cause;

/// Whether all inputs of a result hold here.
///
/// # Errors
/// The reason of the miss, of the first that does not.
pub fn hold<'i>(inputs: &'i [Input], here: &mut Here<'i, '_>) -> Result<(), Cause> {
    here.begin(inputs);
    inputs.iter().try_for_each(|input| input.holds(here))?;
    definitions::hold(inputs, here)
}
