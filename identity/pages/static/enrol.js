// Makes the first passkey after a recovery: asks the house for options, the browser for a key, and hands it in.
const form = document.getElementById("enrol");

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const failed = document.getElementById("failed");
  failed.hidden = true;
  try {
    const enrolment = form.dataset.enrolment;
    const ask = await post("/v1/credentials/passkeys/options", { enrolment });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(ask.options);
    const credential = (await navigator.credentials.create({ publicKey })).toJSON();
    await post("/v1/credentials/passkeys", { enrolment, challenge_id: ask.challenge_id, credential, label: form.dataset.label });
    form.hidden = true;
    document.getElementById("made").hidden = false;
  } catch {
    failed.hidden = false;
  }
});
