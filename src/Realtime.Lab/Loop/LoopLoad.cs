namespace Realtime.Lab.Loop;

/// <summary>How hard a loop worked.</summary>
/// <param name="Busy">Share of the time that it was not waiting, 0 to 1. Near 1 the loop, not the server, sets the pace.</param>
/// <param name="LongestTurn">The longest time between two looks at the sockets: a message may have lain that long unread.</param>
internal readonly record struct LoopLoad(double Busy, TimeSpan LongestTurn);
