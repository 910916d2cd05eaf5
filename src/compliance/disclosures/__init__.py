"""What was told to others about a patient, and the account that the patient may ask for (45 CFR 164.528)."""
