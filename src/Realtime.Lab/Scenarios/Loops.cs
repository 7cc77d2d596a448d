using Realtime.Lab.Loop;

namespace Realtime.Lab.Scenarios;

/// <summary>The two threads of a load generator: one reads, one publishes on time.</summary>
internal sealed class Loops : IDisposable
{
    public EventLoop Readers { get; } = new("lab readers");

    public EventLoop Publishers { get; } = new("lab publishers");

    public async Task ResetLoadAsync()
    {
        await Readers.ResetLoadAsync().ConfigureAwait(false);
        await Publishers.ResetLoadAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        Readers.Dispose();
        Publishers.Dispose();
    }
}
