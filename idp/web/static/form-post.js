// Submits the one form of the page. Spec: OAuth 2.0 Form Post Response Mode §2.

document.querySelector("form[data-submit]").submit();
