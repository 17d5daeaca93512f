// Asks now and then whether the other device has answered, and then presses the button; without it a person presses it.
const form = document.getElementById("wait");
const EVERY = 2000;

async function look() {
  let state;
  try {
    const answer = await fetch(form.dataset.state, { credentials: "same-origin", cache: "no-store" });
    state = answer.ok ? (await answer.json()).state : "over";
  } catch {
    state = "unknown";
  }
  if (state === "waiting" || state === "claimed" || state === "unknown") setTimeout(look, EVERY);
  else if (state === "approved" || state === "refused") form.requestSubmit(form.querySelector("button[value=continue]"));
  // A minute that is over changes nothing on the screen: whoever still reads it is told when they go on.
}

setTimeout(look, EVERY);
