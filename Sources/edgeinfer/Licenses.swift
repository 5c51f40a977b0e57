/// What the static program owes to those whose code it contains. `toolchains/NOTICES.txt` has the same text.
enum Licenses {
  static let text: StaticString = #"""
    The static edgeinfer program contains code of others, under these terms.

    == libjpeg-turbo (JPEG decoder) ==

    This software is based in part on the work of the Independent JPEG Group.
    Copyright (C) 1991-2020 Thomas G. Lane, Guido Vollbeding
    Copyright (C) 2009-2023 D. R. Commander

    The build files and some sources are under the Modified (3-clause) BSD License:

    Redistribution and use in source and binary forms, with or without
    modification, are permitted provided that the following conditions are met:

    - Redistributions of source code must retain the above copyright notice,
      this list of conditions and the following disclaimer.
    - Redistributions in binary form must reproduce the above copyright notice,
      this list of conditions and the following disclaimer in the documentation
      and/or other materials provided with the distribution.
    - Neither the name of the libjpeg-turbo Project nor the names of its
      contributors may be used to endorse or promote products derived from this
      software without specific prior written permission.

    THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS",
    AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
    IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE
    ARE DISCLAIMED.  IN NO EVENT SHALL THE COPYRIGHT HOLDERS OR CONTRIBUTORS BE
    LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR
    CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF
    SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
    INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
    CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
    ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
    POSSIBILITY OF SUCH DAMAGE.

    The SIMD code is under the zlib License:

    Copyright (C) 1999-2006 MIYASAKA Masaru
    Copyright (C) 2009-2011 Nokia Corporation and/or its subsidiary(-ies)
    Copyright (C) 2009-2023 D. R. Commander
    Copyright (C) 2011-2016 Siarhei Siamashka
    Copyright (C) 2013-2014 Linaro Limited
    Copyright (C) 2015-2018 Matthieu Darbois
    Copyright (C) 2019-2020 Arm Limited

    This software is provided 'as-is', without any express or implied
    warranty.  In no event will the authors be held liable for any damages
    arising from the use of this software.

    Permission is granted to anyone to use this software for any purpose,
    including commercial applications, and to alter it and redistribute it
    freely, subject to the following restrictions:

    1. The origin of this software must not be misrepresented; you must not
       claim that you wrote the original software. If you use this software
       in a product, an acknowledgment in the product documentation would be
       appreciated but is not required.
    2. Altered source versions must be plainly marked as such, and must not be
       misrepresented as being the original software.
    3. This notice may not be removed or altered from any source distribution.

    == musl (C library) ==

    Copyright (C) 2005-2020 Rich Felker, et al.
    Copyright (C) 2011 Valentin Ochs
    Copyright (C) 2012-2018 Arm Limited

    Permission is hereby granted, free of charge, to any person obtaining a
    copy of this software and associated documentation files (the "Software"),
    to deal in the Software without restriction, including without limitation
    the rights to use, copy, modify, merge, publish, distribute, sublicense,
    and/or sell copies of the Software, and to permit persons to whom the
    Software is furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included
    in all copies or substantial portions of the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS
    OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
    MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
    IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
    CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT,
    TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
    SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

    Some of its mathematical functions:

    Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved.
    Developed at SunPro, a Sun Microsystems, Inc. business.
    Permission to use, copy, modify, and distribute this software is freely
    granted, provided that this notice is preserved.

    == Swift standard library ==

    Copyright (C) Apple Inc. and the Swift project authors.
    Licensed under the Apache License, Version 2.0, with the Runtime Library
    Exception; see https://swift.org/LICENSE.txt:

    As an exception, if you use this Software to compile your source code and
    portions of this Software are embedded into the binary product as a result,
    you may redistribute such product without providing attribution as would
    otherwise be required by Sections 4(a), 4(b) and 4(d) of the License.

    == libgcc (compiler support and start files) ==

    Copyright (C) Free Software Foundation, Inc.
    Licensed under the GNU General Public License, version 3 or later, with the
    GCC Runtime Library Exception, version 3.1, which permits conveying the
    compiled program under terms of one's choice; see
    https://www.gnu.org/licenses/gcc-exception-3.1.html

    """#
}
