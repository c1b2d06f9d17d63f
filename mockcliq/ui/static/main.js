const server = await (await fetch("server")).json();
document.querySelector("#version").textContent = server.version;
