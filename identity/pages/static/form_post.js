// Sends the person back to the service at once; without JavaScript the button does it.
document.getElementById("back").submit();
