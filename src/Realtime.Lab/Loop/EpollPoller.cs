using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Realtime.Lab.Loop;

/// <summary>
/// Linux epoll, level-triggered: a connection that was not read to the end is reported again, so one <c>recv</c> per report is enough.
/// </summary>
internal sealed unsafe partial class EpollPoller : IPoller
{
    private const int AddOperation = 1, RemoveOperation = 2, CloseOnExec = 0x80000;
    private const uint Readable = 0x001, PeerClosed = 0x2000;
    private const int MaxEvents = 512;
    private const int Interrupted = 4;

    // struct epoll_event is packed on x86-64 alone: 12 bytes there, 16 elsewhere.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - 8;

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);
    private readonly List<LoopConnection?> _slots = [];
    private readonly Stack<int> _free = [];
    private readonly int _epoll;
    private bool _hasFineTimeouts = true;

    public EpollPoller()
    {
        _epoll = epoll_create1(CloseOnExec);
        if (_epoll < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public void Add(LoopConnection connection)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _slots.Count;
            _slots.Add(null);
        }
        _slots[slot] = connection;
        connection.PollerSlot = slot;
        Control(AddOperation, connection);
    }

    public void Remove(LoopConnection connection)
    {
        Control(RemoveOperation, connection);
        _slots[connection.PollerSlot] = null;
        _free.Push(connection.PollerSlot);
    }

    public void Wait(long timeoutMicros, List<LoopConnection> ready)
    {
        ready.Clear();
        int count;
        fixed (byte* events = _events)
            count = Wait(events, timeoutMicros);
        if (count < 0 && Marshal.GetLastPInvokeError() is var error and not Interrupted)
            throw new Win32Exception(error);
        for (var i = 0; i < count; i++)
        {
            var slot = BinaryPrimitives.ReadUInt64LittleEndian(_events.AsSpan(i * EventSize + DataOffset));
            if (_slots[(int)slot] is { } connection)
                ready.Add(connection);
        }
    }

    public void Dispose() => _ = close(_epoll);

    // epoll_wait counts in milliseconds, which alone would put up to 1 ms on every latency; its successor is not in every C library.
    private int Wait(byte* events, long timeoutMicros)
    {
        if (_hasFineTimeouts)
        {
            try
            {
                var timeout = stackalloc long[2] { timeoutMicros / 1_000_000, timeoutMicros % 1_000_000 * 1_000 };
                return epoll_pwait2(_epoll, events, MaxEvents, timeout, null);
            }
            catch (EntryPointNotFoundException)
            {
                _hasFineTimeouts = false;
            }
        }
        return epoll_wait(_epoll, events, MaxEvents, (int)((timeoutMicros + 999) / 1_000));
    }

    private void Control(int operation, LoopConnection connection)
    {
        Span<byte> description = stackalloc byte[16];
        description.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(description, Readable | PeerClosed);
        BinaryPrimitives.WriteUInt64LittleEndian(description[DataOffset..], (ulong)connection.PollerSlot);
        fixed (byte* pointer = description)
        {
            if (epoll_ctl(_epoll, operation, (int)connection.Socket.Handle, pointer) < 0)
                throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* description);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_pwait2(int epoll, byte* events, int maxEvents, long* timeout, void* signals);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
