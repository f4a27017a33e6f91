/* Only where carespread serves the page: what the library has not is run on this machine. */

async function runNow() {
  const levels = [...state.levels], target = state.target, future = state.future, said = $("live-words");
  $("live").disabled = true;
  said.textContent = "Running it with the model ...";
  try {
    const body = JSON.stringify({ levels, target: DATA.targets[target][0], future: DATA.futures[future][0] });
    const answer = await fetch("run", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const made = await answer.json();
    if (!answer.ok) throw new Error(made.error);
    SUMS.add({ levels, target, future }, made);
    said.textContent = "Run with the model.";
  } catch (error) {
    said.textContent = `Not run: ${error.message}`;
  }
  $("live").disabled = false;
  draw();
}
$("live").addEventListener("click", runNow);
