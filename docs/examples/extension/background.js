// The browser ends it after half a minute, so the model lives in a page of its own.
chrome.action.onClicked.addListener(() => chrome.tabs.create({ url: "page.html" }));
