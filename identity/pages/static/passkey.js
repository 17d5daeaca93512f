// Asks the browser for a passkey and posts what it answers with the form; the page works without anything else.
const form = document.getElementById("passkey");

form.addEventListener("submit", async (event) => {
  if (event.submitter && event.submitter.value === "cancel") return;
  event.preventDefault();
  const given = JSON.parse(form.dataset.options);
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given);
    const credential = await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
  } catch {
    // A ceremony the person broke off is answered like a refused one: the server shows the page again.
    form.elements.credential.value = "{}";
  }
  const action = document.createElement("input");
  action.type = "hidden";
  action.name = "action";
  action.value = "sign_in";
  form.append(action);
  form.submit();
});
