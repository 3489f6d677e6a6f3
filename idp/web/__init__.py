"""HTTP: parse, call one flow, render. A view is fifteen lines at most; what it may not do, a flow does."""
