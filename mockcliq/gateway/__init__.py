"""The request pipeline of the emulated APIs."""
