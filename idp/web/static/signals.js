// Tells the browser which passkeys are still good and how their owner is called now, so that its list follows ours.
// Spec: WebAuthn Level 3 §5.1.10. A browser that does not know these calls keeps its list; nothing depends on them.

for (const { dataset } of document.querySelectorAll("[data-signal]")) {
  const { signal, rpId, userId, credentials, name, displayName } = dataset;
  const call = (method, told) => window.PublicKeyCredential?.[method]?.({ rpId, ...told }).catch(() => {});
  const ids = credentials.split(" ").filter(Boolean);
  if (signal === "unknown") {
    for (const credentialId of ids) call("signalUnknownCredential", { credentialId });
  } else {
    call("signalAllAcceptedCredentials", { userId, allAcceptedCredentialIds: ids });
    call("signalCurrentUserDetails", { userId, name, displayName });
  }
}
