namespace Realtime.Lab.Workloads;

/// <summary>One message of a workload.</summary>
/// <param name="Due">When it is to be sent, from the beginning of the workload.</param>
/// <param name="Channel">The number of its channel.</param>
/// <param name="Number">Its number in the channel, from 0.</param>
/// <param name="Author">The number of its author; what one author says is published in order.</param>
/// <param name="Body">The rest of its <c>data</c>: JSON members, without braces, as UTF-8.</param>
public readonly record struct WorkloadMessage(TimeSpan Due, int Channel, int Number, int Author, ReadOnlyMemory<byte> Body);
